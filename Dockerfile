# syntax=docker/dockerfile:1
# One image for every process of Media Audit; compose.yaml names the command of each. The databases are separate
# services: the image lacks PostgreSQL and Valkey from packages, which `make setup` installs.
# No test builds this image, because continuous integration has no Docker. It runs the same script instead, with the
# code read-only, as a user without rights (make test-install).
# It holds libraries under the GPL (in av and tesserocr); docs/licences.md tells the duties of handing it on.
# Pinned by exact tag. Pin by digest, too, before you trust a registry: docker buildx imagetools inspect TAG.
ARG PYTHON=python:3.11.15-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /source
COPY . .
# Tesseract's languages; another choice is a build argument, so that it is the setting of the image as well.
ARG OCR_LANGUAGES=rus+eng+ukr
# Packages with checked hashes, their bytecode (the file system is read-only later), Tesseract's data.
RUN scripts/install-runtime /opt/media-audit --without-embedded

FROM ${PYTHON}
# The user's number is part of the contract: it owns volumes and secrets outside.
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/media-audit media-audit \
    && install --directory --owner media-audit --group media-audit --mode 700 /var/lib/media-audit
COPY --from=build /opt/media-audit /opt/media-audit
ARG OCR_LANGUAGES=rus+eng+ukr
ENV PATH=/opt/media-audit/bin:$PATH \
    MEDIA_AUDIT_HOME=/var/lib/media-audit \
    OCR_LANGUAGES=$OCR_LANGUAGES \
    LOG_FORMAT=json \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# By number, so that a host and Kubernetes can see that it is not root.
USER 10001
WORKDIR /var/lib/media-audit
VOLUME /var/lib/media-audit
# The kind of process for the health check, set by the starter of the container: PROCESS=media, for example. Without it
# the check passes.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "test -z \"$PROCESS\" || exec python -m app.health live \"$PROCESS\""]
# Secrets come as files in /run/secrets, named like their settings; the image has none.
ENTRYPOINT []
CMD ["media-audit", "--help"]
