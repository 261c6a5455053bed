# clusterdns as an image: answers on port 53, as a user without rights.
#
#   docker build --tag clusterdns .
#   docker run --rm --publish 5353:53/udp --publish 5353:53/tcp clusterdns
#   docker run --rm --volume "$PWD/my-manifests:/manifests:ro" clusterdns serve --port 53 --bind 0.0.0.0 /manifests
#
# Docker lets any user of a container listen on port 53 (it sets net.ipv4.ip_unprivileged_port_start to 0). An engine
# that does not is told so: --sysctl net.ipv4.ip_unprivileged_port_start=53

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY clusterdns clusterdns
RUN pip install --no-cache-dir --prefix=/installed .

FROM python:3.13-slim
COPY --from=build /installed /usr/local
USER 65532:65532
EXPOSE 53/udp 53/tcp 8080/tcp 8181/tcp 9153/tcp
ENTRYPOINT ["clusterdns"]
CMD ["serve", "--port", "53", "--bind", "0.0.0.0"]
