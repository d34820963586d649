# syntax=docker/dockerfile:1
# One image for every process of Media Audit; compose.yaml says which runs what. Databases are services of their own:
# PostgreSQL and Valkey out of packages, which `make setup` installs, are not in it.
# No test builds this image: continuous integration has no Docker. It runs the same script, with the code read-only, as
# a user without rights (make test-install).
# Pinned by exact tag. Pin by digest as well before you trust a registry: docker buildx imagetools inspect TAG.
ARG PYTHON=python:3.11.15-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /source
COPY . .
# Packages with checked hashes, their bytecode (the file system is read-only later), Tesseract's Russian and English.
RUN scripts/install-runtime /opt/media-audit --without-embedded

FROM ${PYTHON}
# The number is part of the contract: volumes and secrets outside belong to it.
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/media-audit media-audit \
    && install --directory --owner media-audit --group media-audit --mode 700 /var/lib/media-audit
COPY --from=build /opt/media-audit /opt/media-audit
ENV PATH=/opt/media-audit/bin:$PATH \
    MEDIA_AUDIT_HOME=/var/lib/media-audit \
    LOG_FORMAT=json \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# By number, so that a host and Kubernetes can see that it is not root.
USER 10001
WORKDIR /var/lib/media-audit
VOLUME /var/lib/media-audit
# Which process a container is, only whoever starts it knows: PROCESS=media, for example. Without it all is well.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "test -z \"$PROCESS\" || exec python -m app.health live \"$PROCESS\""]
# Secrets come as files in /run/secrets, named like their settings, never from the image.
ENTRYPOINT []
CMD ["media-audit", "--help"]
