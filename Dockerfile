# Kabar's service: slim, not root, the embedded model built in. The first stage compiles the inflight
# engine; the last one has no compiler and no torch.
#
#   docker build -t kabar .
#   docker run --rm -v kabar-data:/data kabar kabar keys create desk
#   docker run --rm -p 8000:8000 -v kabar-data:/data kabar

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN apt-get update && apt-get install -y --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
WORKDIR /src
COPY requirements-serve.lock pyproject.toml hatch_build.py README.md LICENSE ./
RUN /venv/bin/pip install --require-hashes --no-deps -r requirements-serve.lock
COPY kabar ./kabar
COPY models ./models
COPY service ./service
RUN /venv/bin/pip install --no-deps --no-build-isolation .
RUN /venv/bin/kabar models build --data-dir /built && /venv/bin/kabar models verify --data-dir /built

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home kabar && mkdir /data && chown kabar /data
COPY --from=build /venv /venv
COPY --from=build --chown=kabar /built /data
USER kabar
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 KABAR_DATA_DIR=/data KABAR_HOST=0.0.0.0 KABAR_LOG_FORMAT=json
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["kabar", "serve"]
