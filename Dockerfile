# One image for every part of a deployment: `web`, `worker`, `beat`, `runner`, and `migrate`.
#     docker build --tag nexus:0.1.0 .
# BASE is any Debian-like image with Python 3.11 or newer and its venv module.
ARG BASE=python:3.11.16-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
WORKDIR /src
RUN python3 -m venv /opt/tools && python3 -m venv --without-pip /opt/nexus
COPY requirements/image.txt requirements/base.txt requirements/build.txt requirements/
# The tools stay in this stage. Requirements change less often than code, so they are installed
# first.
RUN /opt/tools/bin/pip install --no-cache-dir --require-hashes \
        --requirement requirements/image.txt \
    && /opt/tools/bin/uv pip install --python /opt/tools/bin/python --require-hashes \
        --requirement requirements/build.txt \
    && /opt/tools/bin/uv pip install --python /opt/nexus/bin/python --require-hashes \
        --requirement requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY requirements/ requirements/
COPY library/ library/
COPY nexus/ nexus/
RUN /opt/tools/bin/python -m hatchling build --target wheel --directory /tmp/wheel \
    && /opt/tools/bin/uv pip install --python /opt/nexus/bin/python --no-deps /tmp/wheel/*.whl
# The settings require URLs, but collectstatic connects to nothing.
RUN DATABASE_URL=postgresql://nowhere.invalid/none CACHE_URL=redis://nowhere.invalid/0 \
    SECRET_KEY=none NEXUS_HOME=/tmp NEXUS_STATIC=/opt/nexus/static \
    /opt/nexus/bin/nexus manage collectstatic --noinput --verbosity 0
COPY deploy/docker/health.py /opt/nexus/bin/health.py

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Nexus" \
      org.opencontainers.image.description="The backend-engineering handbook that runs." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/nexus/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NEXUS_HOME=/tmp/nexus \
    NEXUS_STATIC=/opt/nexus/static
COPY --from=build /opt/nexus /opt/nexus
# On Fargate a volume here belongs to root (0755), unless the image declares it: then it gets the
# content and the permissions (1777) of this folder. Elsewhere a tmpfs or an emptyDir is mounted
# over it.
VOLUME ["/tmp"]
# A number, so that Kubernetes can verify that it is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 \
    CMD ["/opt/nexus/bin/python", "/opt/nexus/bin/health.py"]
ENTRYPOINT ["/opt/nexus/bin/nexus"]
CMD ["part", "web", "--host", "0.0.0.0"]
