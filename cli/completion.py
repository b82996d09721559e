"""ordertrail --install-completion: how does a shell learn to complete the commands?"""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from cli.failures import CommandFailed
from cli.options import examples
from cli.output import screen

app = App(
    name="--install-completion",
    help_epilogue=examples(
        "ordertrail --install-completion",
        "ordertrail --install-completion --shell zsh --output ~/.zfunc/_ordertrail",
    ),
)


@app.default
def install_completion(
    *,
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"] | None,
        Parameter(help="The shell; without it the one that runs the command."),
    ] = None,
    output: Annotated[
        Path | None, Parameter(help="Write the script here and leave the shell's files alone.")
    ] = None,
) -> None:
    """Complete commands in this shell."""
    from cyclopts.completion.detect import ShellDetectionError  # noqa: PLC0415

    from cli.program import app as program  # noqa: PLC0415 - the program imports this module

    try:
        written = program.install_completion(
            shell=shell, output=output, add_to_startup=output is None
        )
    except ShellDetectionError as error:
        raise CommandFailed("This shell is not known; name it with --shell.") from error
    screen().print(f"[green]✓[/] {written}; open a new shell to use it.")
