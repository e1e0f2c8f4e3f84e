# One image for every role: docker run vigie fetcher | cleaner | indexer | api | run | demo
FROM python:3.13-slim AS build
WORKDIR /src
COPY deploy/requirements.lock ./requirements.lock
RUN python -m venv /opt/vigie && /opt/vigie/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY services ./services
RUN /opt/vigie/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home vigie && install -d -o vigie -g vigie /data
COPY --from=build /opt/vigie /opt/vigie
COPY outlets.toml /etc/vigie/outlets.toml
ENV PATH=/opt/vigie/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VIGIE_DATA=/data \
    VIGIE_OUTLETS=/etc/vigie/outlets.toml \
    VIGIE_API_HOST=0.0.0.0
USER vigie
WORKDIR /data
VOLUME /data
EXPOSE 8765
# SIGTERM: finish what is under way, then exit 0. Give it the 20 s that `vigie run` gives.
STOPSIGNAL SIGTERM
ENTRYPOINT ["vigie"]
CMD ["run"]
