"""The demo shows the main job."""

import re

from harness import BUILD, SOURCE, environment, run


def test_the_demo_shows_a_message_arriving():
    result = run([str(SOURCE / "tests" / "demo")],
                 env=environment(ONEHOP_BUILD=str(BUILD)))
    assert result.status == 0, result.stdout + result.stderr
    assert re.search(r"authenticated as \S+, TLSv1\.\d", result.stdout)
    assert re.search("status=sent", result.stdout)
    assert re.search(r"\| Subject: hello", result.stdout)


def test_the_demo_fails_without_programs(tmp_path):
    result = run([str(SOURCE / "tests" / "demo")],
                 env=environment(ONEHOP_BUILD=str(tmp_path)))
    assert result.status == 1
    assert "did not arrive" in result.stderr
