# The program with all that it needs to run, git included, and nothing that only building it needs.
FROM python:3.11-slim-bookworm AS build

WORKDIR /source
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/seedwatch
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY seedwatch seedwatch
COPY api api
COPY miner miner
COPY analysis analysis
COPY migrations migrations
RUN PIP_CONSTRAINT=constraints.txt /opt/seedwatch/bin/pip install --no-cache-dir --disable-pip-version-check .
# A copy of the environment has what only compiling needs.
COPY tools/native.py tools/native.py
RUN cp -r /opt/seedwatch /opt/compiling \
    && PIP_CONSTRAINT=constraints.txt /opt/compiling/bin/python -m pip install --no-cache-dir --disable-pip-version-check '.[native]' \
    && /opt/compiling/bin/python tools/native.py /opt/seedwatch/lib/python3.11/site-packages

FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git ca-certificates \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-log-init --no-create-home --home-dir /data --shell /usr/sbin/nologin seedwatch \
    && install --directory --owner seedwatch --group seedwatch /data /cache
COPY --from=build /opt/seedwatch /opt/seedwatch

ENV PATH=/opt/seedwatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SEEDWATCH_HOST=0.0.0.0 \
    SEEDWATCH_PORT=8000 \
    SEEDWATCH_DATA_DIR=/data \
    SEEDWATCH_CACHE_DIR=/cache
USER seedwatch
WORKDIR /data
VOLUME ["/data", "/cache"]
EXPOSE 8000
ENTRYPOINT ["seedwatch"]
CMD ["serve"]
