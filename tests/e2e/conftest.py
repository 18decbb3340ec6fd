"""Fixtures: certificates once, and for each test a site and its smarthosts."""

import os
import shutil
import tempfile
import pathlib

import pytest

import certificates as certificate_store
import harness
from smarthost import Smarthost


def pytest_report_header():
    return f"programs under test: {harness.BUILD}"


def pytest_collection_modifyitems(items):
    """Without programs only the smarthost's own tests make sense."""
    if os.access(harness.program("sendmail"), os.X_OK):
        return
    for item in items:
        if item.path.name != "test_smarthost.py":
            item.add_marker(pytest.mark.skip(
                reason=f"no programs in {harness.BUILD}; see ONEHOP_BUILD"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("the openssl command is not installed")
    directory = tmp_path_factory.mktemp("certificates")
    directory.chmod(0o755)
    return certificate_store.make(directory)


@pytest.fixture
def smarthost(certificates):
    """Makes smarthosts; none of them may have seen a protocol violation."""
    made = []

    def make(tls="implicit", **options):
        options.setdefault("certificate", certificates.good)
        options.setdefault("user", harness.USER)
        options.setdefault("password", harness.PASSWORD)
        made.append(Smarthost(tls=tls, **options).start())
        return made[-1]

    yield make
    for each in made:
        each.stop()
    assert [text for each in made for text in each.violations] == []


@pytest.fixture
def site(tmp_path, certificates, smarthost):
    """A site without a relay; it ends before its smarthosts do."""
    site = harness.Site(tmp_path, certificates)
    yield site
    site.close()


@pytest.fixture
def open_directory():
    """A directory that every user can reach."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onehop-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def root():
    if os.geteuid() != 0:
        pytest.skip("needs root")
