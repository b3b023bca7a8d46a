from pathlib import Path

import pytest

from corpus.llvm.toolchain import ToolchainMissing, ToolchainWrongVersion, find_toolchain


def fake_opt(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    opt = folder / "bin" / "opt"
    opt.write_text(f"#!/bin/sh\necho 'LLVM version {version}'\necho '  Default target: x86_64'\n")
    opt.chmod(0o755)
    return opt


def test_a_toolchain_is_named_by_version_target_and_library() -> None:
    found = find_toolchain()
    assert found.version.startswith("22.")
    assert found.fingerprint.startswith(f"llvm-{found.version}-{found.target}-")
    assert found.libllvm_sha256[:12] in found.fingerprint


def test_prefix_bin_and_tool_name_the_same_toolchain() -> None:
    found = find_toolchain()
    named = [found.prefix, found.prefix / "bin", found.tool("opt")]
    assert {find_toolchain(name).fingerprint for name in named} == {found.fingerprint}


def test_the_environment_names_a_toolchain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PASSLAKE_LLVM", str(tmp_path))
    with pytest.raises(ToolchainMissing, match=str(tmp_path)):
        find_toolchain()


def test_what_is_named_explicitly_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = find_toolchain()
    monkeypatch.setenv("PASSLAKE_LLVM", str(tmp_path))
    assert find_toolchain(found.prefix).fingerprint == found.fingerprint


def test_another_major_version_is_refused_by_name(tmp_path: Path) -> None:
    opt = fake_opt(tmp_path, "19.1.7")
    with pytest.raises(ToolchainWrongVersion, match=r"19\.1\.7.*22 is needed.*install llvm-22"):
        find_toolchain(opt)


def test_a_machine_without_llvm_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PASSLAKE_LLVM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("corpus.llvm.toolchain._PREFIXES", (str(tmp_path),))
    with pytest.raises(ToolchainMissing, match="install llvm-22 and clang-22"):
        find_toolchain()


def test_a_path_with_only_another_version_says_which_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opt = fake_opt(tmp_path, "14.0.6")
    monkeypatch.delenv("PASSLAKE_LLVM", raising=False)
    monkeypatch.setenv("PATH", str(opt.parent))
    monkeypatch.setattr("corpus.llvm.toolchain._PREFIXES", ())
    with pytest.raises(ToolchainWrongVersion, match=r"opt is 14\.0\.6"):
        find_toolchain()


def test_a_tool_that_is_not_installed_is_named() -> None:
    with pytest.raises(ToolchainMissing, match="no-such-tool"):
        find_toolchain().tool("no-such-tool")
