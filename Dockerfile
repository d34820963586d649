# syntax=docker/dockerfile:1
# One image for every process of Media Audit; compose.yaml says which runs what. Databases are services of their own.
# No test builds this image: continuous integration has no Docker. What it installs is what `make setup` installs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
COPY . .
# The script that `make setup` runs: same pins, same bytecode, same data for OCR.
RUN scripts/install-runtime /opt/media-audit

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home media-audit \
    && install --directory --owner media-audit /var/lib/media-audit
COPY --from=build /opt/media-audit /opt/media-audit
ENV PATH=/opt/media-audit/bin:$PATH \
    MEDIA_AUDIT_HOME=/var/lib/media-audit \
    LOG_FORMAT=json \
    PYTHONUNBUFFERED=1
USER media-audit
WORKDIR /var/lib/media-audit
VOLUME /var/lib/media-audit
# Secrets come from the environment, never from the image.
ENTRYPOINT []
CMD ["media-audit", "--help"]
