"""A sandbox that outlives its task: when it does, when it does not, and what it is said to cost."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from corpus.errors import BadModule
from corpus.golden import golden_functions
from corpus.llvm.sandbox.kept import drop_sandbox, keep_sandbox, task_clock_s, task_sandbox
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from warehouse.clock import cpu_clock_s

TOOLCHAIN = find_toolchain()
(SUM,) = (one.ir.encode() for one in golden_functions() if one.name == "sum")


@pytest.fixture
def keeping() -> Iterator[None]:
    keep_sandbox()
    yield
    drop_sandbox()


def work(sandbox: Sandbox, times: int = 1) -> None:
    with sandbox.session() as session:
        session.load(SUM)
        session.evaluate(["default<O3>"] * times)


def runs(sandbox: Sandbox) -> bool:
    return sandbox._template._process is not None


def test_it_ends_with_its_task_where_nobody_keeps_it() -> None:
    with task_sandbox(TOOLCHAIN) as sandbox:
        work(sandbox)
        assert runs(sandbox)
    assert not runs(sandbox)


@pytest.mark.usefixtures("keeping")
def test_the_next_task_has_it_again_in_the_process_that_runs() -> None:
    with task_sandbox(TOOLCHAIN) as first:
        work(first)
        process = first._template._process
    with task_sandbox(TOOLCHAIN) as second:
        work(second)
        assert second._template._process is process
    drop_sandbox()
    assert not runs(first)


@pytest.mark.usefixtures("keeping")
def test_a_task_with_other_tools_has_another() -> None:
    with task_sandbox(TOOLCHAIN) as first:
        work(first)
    with task_sandbox(replace(TOOLCHAIN, libllvm_sha256="another")) as second:
        assert second is not first
        assert not runs(first)


@pytest.mark.usefixtures("keeping")
def test_after_an_error_the_next_task_has_a_new_one() -> None:
    with pytest.raises(BadModule), task_sandbox(TOOLCHAIN) as first, first.session() as session:
        session.load(b"no module")
    assert not runs(first)
    with task_sandbox(TOOLCHAIN) as second:
        assert second is not first


@pytest.mark.usefixtures("keeping")
def test_what_it_uses_is_on_the_clock_once_while_it_runs_and_after_its_end() -> None:
    started, waited_for = task_clock_s(), cpu_clock_s()
    with task_sandbox(TOOLCHAIN) as sandbox:
        work(sandbox, times=20)
        children_s = sandbox.children_cpu_s
    used_s = task_clock_s() - started
    assert 0 < children_s < used_s
    assert cpu_clock_s() - waited_for < used_s - children_s
    sandbox.close()
    assert task_clock_s() - started == pytest.approx(used_s, abs=0.1)
    assert cpu_clock_s() - waited_for == pytest.approx(used_s, abs=0.1)
