# SPDX-License-Identifier: GPL-3.0-or-later
"""The web hosts: nginx with TLS in front of the deployed service, and the lab's certificate authority."""

import os
import shutil
import socket
import ssl
import sys
import time

from .deploys import deploy_history
from .labhosts import start_inside
from .plan import CLUSTERS, HOSTS, free_ports
from .processes import LabError, alive, descendants, end_all, give_to_database_user, must_live, run, wait_for

DAY = 86400
ENVIRONMENT = {"shop-web1": "shop-production", "shop-web2": "shop-production", "shop-web3": "shop-production",
               "shop-staging-web": "shop-staging",
               "ledger-web": "ledger-production", "ledger-staging-web": "ledger-staging"}
# Days that each certificate has left. One host's is the lab's one warning (a 90-day certificate that nobody renewed).
DAYS_LEFT = {"shop-web1": 15.5}


def _utc(moment):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(moment))


def make_authority(lab):
    """A root of the lab's own; every certificate of the lab comes from it."""
    folder = lab.path("tls")
    for name, text in (("index.txt", ""), ("serial", "71A0\n"), ("index.txt.attr", "unique_subject = no\n")):
        lab.write(f"tls/{name}", text)
    os.makedirs(os.path.join(folder, "issued"), exist_ok=True)
    lab.write("tls/ca.cnf", "\n".join([
        "[ca]", "default_ca = lab", "[lab]", f"database = {folder}/index.txt", f"serial = {folder}/serial",
        f"new_certs_dir = {folder}/issued", "default_md = sha256", "policy = any", f"certificate = {folder}/ca.pem",
        f"private_key = {folder}/ca.key", "copy_extensions = copy", "unique_subject = no", "x509_extensions = leaf",
        "[any]", "commonName = supplied", "[leaf]", "basicConstraints = critical, CA:false", "keyUsage = critical, digitalSignature",
        "extendedKeyUsage = serverAuth", "[req]", "distinguished_name = name", "prompt = no", "[name]", "commonName = Lab authority",
        "[root]", "basicConstraints = critical, CA:true", "keyUsage = critical, keyCertSign, cRLSign",
        "subjectKeyIdentifier = hash", ""]))
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
         "-config", lab.path("tls/ca.cnf"), "-extensions", "root", "-keyout", lab.path("tls/ca.key"), "-out", lab.path("tls/ca.pem")],
        "making the lab's authority")


def issue(lab, name, address, begins, ends):
    """A key and a certificate for DNS name `name`.lab.example and the address: tls/NAME.key, tls/NAME.pem."""
    request = lab.path("tls", f"{name}.csr")
    run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
         f"/CN={name}.lab.example", "-addext", f"subjectAltName=DNS:{name}.lab.example,IP:{address}",
         "-keyout", lab.path("tls", f"{name}.key"), "-out", request], "making a certificate request")
    run(["openssl", "ca", "-batch", "-notext", "-config", lab.path("tls/ca.cnf"), "-in", request, "-out",
         lab.path("tls", f"{name}.pem"), "-startdate", _utc(begins), "-enddate", _utc(ends)], "issuing a certificate")


def web_hosts():
    return [host for host in HOSTS if host.name in ENVIRONMENT]


def make_certificates(lab, now):
    make_authority(lab)
    for host in web_hosts():
        days = DAYS_LEFT.get(host.name, 71.5)
        issue(lab, host.name, host.address, now + (days - 90) * DAY, now + days * DAY)
    for cluster in CLUSTERS:
        if cluster.archive == "pgbackrest":
            name = f"postgres-{cluster.name}"
            issue(lab, name, cluster.address, now - 100 * DAY, now + 260 * DAY)
            for kind, target in (("pem", "server.pem"), ("key", "server.key")):
                place = lab.path("pg", cluster.name, target)
                shutil.copy(lab.path("tls", f"{name}.{kind}"), place)
                os.chmod(place, 0o600)
            give_to_database_user(lab.path("pg", cluster.name))


def plan_web(lab):
    hosts = web_hosts()
    addresses = [host.address for host in hosts]
    drawn = free_ports(addresses + addresses)  # in one draw, so that no server gets the port of another
    front, back = drawn[:len(hosts)], drawn[len(hosts):]
    for host, outer, inner in zip(hosts, front, back):
        lab.state["web"][host.name] = {
            "app": host.app, "environment": ENVIRONMENT[host.name], "address": host.address, "port": outer, "app_port": inner,
            "url": f"https://{host.address}:{outer}/healthz", "ca_file": lab.path("tls/ca.pem"),
            "folder": lab.host_path(host.name, "srv", host.app),
        }


def deploy_all(lab, now):
    for name, web in lab.state["web"].items():
        link_folder = lab.state["hosts"][name]["link_srv"] + "/" + web["app"]
        web["live"] = deploy_history(web["folder"], link_folder, web["environment"], web["app"], now)


def write_nginx(lab, name):
    web = lab.state["web"][name]
    run_folder = lab.host_path(name, "run")
    # The ledger's front lacks what the readiness scorecard asks of one; the limit of the others is above what tests send.
    guarded = web["app"] != "ledger"
    zone = "limit_req_zone $binary_remote_addr zone=clients:1m rate=2000r/s;" if guarded else ""
    guards = ("limit_req zone=clients burst=2000 nodelay; add_header Strict-Transport-Security max-age=31536000 always; "
              "add_header X-Content-Type-Options nosniff always;") if guarded else ""
    lab.write(f"hosts/{name}/run/nginx.conf", f"""daemon off;
worker_processes 1;
pid {run_folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    server_tokens off;
    {zone}
    client_body_temp_path {run_folder}/nginx-body;
    proxy_temp_path {run_folder}/nginx-proxy;
    fastcgi_temp_path {run_folder}/nginx-fastcgi;
    uwsgi_temp_path {run_folder}/nginx-uwsgi;
    scgi_temp_path {run_folder}/nginx-scgi;
    ssl_certificate {lab.path('tls', name + '.pem')};
    ssl_certificate_key {lab.path('tls', name + '.key')};
    ssl_protocols TLSv1.2 TLSv1.3;
    server {{
        listen {web['address']}:{web['port']} ssl;
        {guards}
        location = /nginx_status {{ stub_status; }}
        location / {{ proxy_pass http://{web['address']}:{web['app_port']}; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
}}
""")


def start_app(lab, name):
    web = lab.state["web"][name]
    seen = f"{lab.state['hosts'][name]['link_srv']}/{web['app']}"
    inside = ["/bin/sh", "-c", 'cd -- "$(readlink "$1/current")" && exec "$2" -B service.py "$3" "$4" "$1"', "sh", seen,
              sys.executable, web["address"], str(web["app_port"])]
    start_inside(lab, "app", name, inside)


def start_web(lab):
    for name in lab.state["web"]:
        start_app(lab, name)
        write_nginx(lab, name)
        start_nginx(lab, name)


def start_nginx(lab, name):
    start_inside(lab, "nginx", name, ["/usr/sbin/nginx", "-c", lab.host_path(name, "run", "nginx.conf"), "-p",
                                      lab.host_path(name, "run"), "-e", "stderr"])


def wait_listening(lab, name):
    """For a server whose certificate is not meant to verify."""
    web = lab.state["web"][name]
    wait_for(lambda: socket.create_connection((web["address"], web["port"]), timeout=1).close() is None, f"nginx of {name}")


def stop_process(lab, process_name):
    process = lab.process(process_name)
    if process and alive(process):
        left = end_all([process["pid"], *descendants([process["pid"]])], grace=2.0)
        if left:
            raise LabError(f"{process_name}: {left} did not end")
    lab.forget(process_name)


def healthz(lab, name, ca_file=None, timeout=5):
    """GET /healthz with the lab's authority: (code, body)."""
    web = lab.state["web"][name]
    context = ssl.create_default_context(cafile=ca_file or web["ca_file"])
    with socket.create_connection((web["address"], web["port"]), timeout=timeout) as plain:
        with context.wrap_socket(plain, server_hostname=web["address"]) as link:
            link.settimeout(timeout)
            link.sendall(f"GET /healthz HTTP/1.1\r\nHost: {web['address']}\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while piece := link.recv(65536):
                answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def wait_web(lab):
    for name in lab.state["web"]:
        def ready(name=name):
            code = healthz(lab, name)[0]
            must_live(lab.process(f"app:{name}"))
            return code in (200, 503)

        wait_for(ready, f"https of {name} (see {lab.path('log')})", process=lab.process(f"nginx:{name}"))
