"""Do the same texts of the same owner have one digest, and all others another one?"""

from hypothesis import given
from hypothesis import strategies as st

from domain.digest import DIGEST_BYTES, digest_of

OWNERS = st.sampled_from(["order-1", "order-2"])
TEXTS = st.lists(st.none() | st.text(max_size=3) | st.just("\ud800"), max_size=3).map(tuple)


@given(OWNERS, TEXTS, OWNERS, TEXTS)
def test_digests_are_equal_exactly_when_everything_is(
    owner: str, texts: tuple[str | None, ...], other: str, others: tuple[str | None, ...]
) -> None:
    same = (owner, texts) == (other, others)
    assert (digest_of(owner, *texts) == digest_of(other, *others)) is same
    assert len(digest_of(owner, *texts)) == DIGEST_BYTES


def test_a_digest_stays_what_it_is_because_snapshots_hold_it() -> None:
    assert digest_of("o1", "Zoë", None).hex() == "95245ea164c45a7f19ec642a04009a9f"
