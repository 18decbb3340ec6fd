"""Fixtures of the requirements: sites that the machine's aliases leave be."""

import os
import pwd

import pytest

import harness
from smarthost import KEYWORDS


def without_aliases(site):
    """The aliases of the site are its own, and none at first."""
    site.aliases = site.directory / "aliases"
    site.aliases.write_text("")
    site.aliases.chmod(0o644)
    site.configure(aliases=site.aliases)
    return site


@pytest.fixture
def site(site):
    return without_aliases(site)


@pytest.fixture
def relayed(site, smarthost):
    """Makes the site's smarthost, with extra keywords if any."""
    def make(*keywords, without=(), **options):
        offered = [k for k in KEYWORDS if k not in without]
        site.host = smarthost(keywords=[*offered, *keywords], **options)
        site.use(site.host)
        return site

    return make


@pytest.fixture
def site_of_nobody(root, open_directory, certificates):
    """A site that belongs to an ordinary user, and how to run as him."""
    owner = pwd.getpwnam("nobody")
    user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    if harness.run(["test", "-x", harness.program("sendmail")],
                   **user).status:
        pytest.skip("the programs are out of reach for user nobody")
    os.chown(open_directory, owner.pw_uid, owner.pw_gid)
    site = without_aliases(harness.Site(open_directory, certificates))
    site.user = user
    site.login = owner.pw_name
    yield site
    site.close()
