# The image of every OrderTrail process: the API, the relay, the workers, and `ordertrail migrate up`.
# Nothing is installed but what requirements-runtime.lock names, by hash.

FROM python:3.13-slim AS build
RUN python -m pip install --no-cache-dir --disable-pip-version-check uv==0.13.8
RUN uv venv --python /usr/local/bin/python /opt/ordertrail
ENV VIRTUAL_ENV=/opt/ordertrail UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
WORKDIR /source
COPY requirements-runtime.lock ./
RUN uv pip sync --require-hashes requirements-runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY commands commands
COPY projections projections
COPY sql sql
COPY api api
COPY workers workers
COPY cli cli
RUN uv pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent ordertrail
COPY --from=build /opt/ordertrail /opt/ordertrail
ENV PATH=/opt/ordertrail/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8080
CMD ["ordertrail", "api"]
