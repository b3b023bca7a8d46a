# Two images of one Passlake:
#
#   docker build --target worker  --build-arg REVISION=$(git rev-parse --short=12 HEAD) -t passlake .
#   docker build --target trainer --build-arg REVISION=$(git rev-parse --short=12 HEAD) -t passlake-trainer .
#
# `worker` does everything but training: it is driver, scheduler, head and worker of both engines.
# Neither listens on anything until it is told to: the default command says what was found.

# Debian 12 is what results were measured on; its security archive carries LLVM 22.
ARG DEBIAN=debian:12-slim

FROM ${DEBIAN} AS system
# A campaign goes on only with the LLVM it was started with: an image with another one is another
# image, so it is not built by accident.
ARG LLVM_VERSION=22.1.8
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# Versions are not pinned one by one: the security archive keeps the newest only, and the one that
# decides results is checked. wget is what KubeRay's own probes call, tini reaps what a worker leaves.
# hadolint ignore=DL3008
RUN apt-get -q update \
    && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
        bubblewrap ca-certificates clang-22 csmith dpkg-dev libcsmith-dev llvm-22 python3 tini \
        wget xz-utils \
    && /usr/lib/llvm-22/bin/opt --version | grep -qF "LLVM version ${LLVM_VERSION}" \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log
RUN groupadd --gid 10001 passlake \
    && useradd --uid 10001 --gid 10001 --no-log-init --create-home --shell /usr/sbin/nologin passlake

FROM system AS build
# Of this stage only /opt/passlake goes on.
# hadolint ignore=DL3008,DL3009
RUN apt-get -q update \
    && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install python3-venv
WORKDIR /source
COPY constraints.txt .
RUN python3 -m venv /opt/passlake \
    && /opt/passlake/bin/pip install -q --no-cache-dir --disable-pip-version-check \
        -c constraints.txt hatchling
COPY . .
# The commit becomes part of the version, which every campaign, winner and verdict records.
ARG REVISION=
RUN sed -i "s/^version = \"\([^\"]*\)\"/version = \"\1${REVISION:++g${REVISION}}\"/" pyproject.toml \
    && /opt/passlake/bin/pip install -q --no-cache-dir --disable-pip-version-check \
        --no-build-isolation -c constraints.txt '.[image]' \
    && /opt/passlake/bin/pip uninstall -q -y hatchling

FROM build AS trainer-build
RUN /opt/passlake/bin/pip install -q --no-cache-dir --disable-pip-version-check \
        -c constraints.txt hatchling \
    && /opt/passlake/bin/pip install -q --no-cache-dir --disable-pip-version-check \
        --no-build-isolation -c constraints.txt '.[train]' \
    && /opt/passlake/bin/pip uninstall -q -y hatchling

FROM system AS runtime
ENV PATH=/opt/passlake/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RAY_USAGE_STATS_ENABLED=0
USER 10001:10001
WORKDIR /home/passlake
ENTRYPOINT ["/usr/bin/tini", "-g", "--", "passlake"]
CMD ["doctor"]

FROM runtime AS trainer
COPY --from=trainer-build /opt/passlake /opt/passlake

FROM runtime AS worker
COPY --from=build /opt/passlake /opt/passlake
