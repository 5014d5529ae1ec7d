# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with deployed apps and what stands in front of them."""

import os
import time

from . import deploys, web
from .faultregister import fault
from .processes import LabError

DAY = 86400


class Current:
    """For faults of the `current` link."""

    def remember(self, lab, where):
        folder = lab.state["web"][where]["folder"]
        link = os.path.join(folder, "current")
        return folder, os.readlink(link), os.lstat(link).st_mtime

    def point(self, folder, target, moment=None):
        fresh = os.path.join(folder, ".current.fault")
        os.symlink(target, fresh)
        if moment is not None:
            os.utime(fresh, (moment, moment), follow_symlinks=False)
        os.replace(fresh, os.path.join(folder, "current"))

    def off(self, lab, where, memory):
        for host, (target, moment) in memory["links"].items():
            self.point(lab.state["web"][host]["folder"], target, moment)

    def to_older(self, lab, hosts):
        links = {}
        for host in hosts:
            folder, target, moment = self.remember(lab, host)
            older = [name for name in sorted(os.listdir(os.path.join(folder, "releases"))) if name < os.path.basename(target)]
            if not older:
                raise LabError(f"{host}: no older release")
            self.point(folder, os.path.join(os.path.dirname(target), older[-1]))
            links[host] = (target, moment)
        return {"links": links}


@fault("stale-link", "web", "shop-web1")
class StaleLink(Current):
    """On every host of that environment `current` is pointed to an older release by hand: the log doesn't know."""

    def on(self, lab, where):
        environment = lab.state["web"][where]["environment"]
        return self.to_older(lab, [name for name, about in lab.state["web"].items() if about["environment"] == environment])


@fault("mixed-hosts", "web", "shop-web2")
class MixedHosts(Current):
    """On this host alone `current` points to an older release."""

    def on(self, lab, where):
        return self.to_older(lab, [where])


@fault("dangling-current", "web", "shop-web2")
class DanglingCurrent(Current):
    """`current` points to a release that is not there."""

    def on(self, lab, where):
        folder, target, moment = self.remember(lab, where)
        gone = deploys.stamp(time.time() - 400 * DAY)
        self.point(folder, os.path.join(os.path.dirname(target), gone))
        return {"links": {where: (target, moment)}}


@fault("app-red", "web", "shop-web1")
class AppRed:
    """/healthz answers 503 and says why."""

    def on(self, lab, where):
        lab.write(f"hosts/{where}/srv/{lab.state['web'][where]['app']}/shared/run/broken", "payment queue: no answer for 40 s\n")

    def off(self, lab, where, _memory):
        os.remove(os.path.join(lab.state["web"][where]["folder"], "shared/run/broken"))


@fault("app-down", "web", "shop-web1")
class AppDown:
    """The service behind nginx is not running: /healthz answers 502."""

    def on(self, lab, where):
        web.stop_process(lab, f"app:{where}")

    def off(self, lab, where, _memory):
        web.start_app(lab, where)
        web.wait_web(lab)


@fault("cert-expired", "web", "shop-web2")
class CertificateExpired:
    """nginx serves a certificate that ended two days ago."""

    def on(self, lab, where):
        for kind in ("key", "pem"):
            os.replace(lab.path("tls", f"{where}.{kind}"), lab.path("tls", f"{where}.good.{kind}"))
        web.issue(lab, where, lab.state["web"][where]["address"], time.time() - 92 * DAY, time.time() - 2 * DAY)
        self.reload(lab, where)

    def off(self, lab, where, _memory):
        for kind in ("key", "pem"):
            os.replace(lab.path("tls", f"{where}.good.{kind}"), lab.path("tls", f"{where}.{kind}"))
        self.reload(lab, where)

    def reload(self, lab, where):
        web.stop_process(lab, f"nginx:{where}")
        web.start_nginx(lab, where)
        web.wait_listening(lab, where)
