import subprocess

from cnnmodels.own.files import digest_of, own_files, version_of
from tests.own_code import write_own


def names(top, root):
    return [str(path) for path in own_files(top, root)]


def test_files_are_the_module_and_what_it_imports_beside_it(tmp_path):
    write_own(tmp_path)
    (tmp_path / "other.py").write_text("")
    assert names("strange_nets", tmp_path) == ["strange_layers.py", "strange_nets.py"]


def test_of_a_package_all_python_files_count_but_those_of_environments(tmp_path):
    for name in ("pack/__init__.py", "pack/deep/nets.py", "pack/.venv/a.py", "pack/data/table.csv", "beside/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("import beside.b, cnnmodels\nfrom . import x" if name.endswith("nets.py") else "")
    assert names("pack", tmp_path) == ["beside/b.py", "pack/__init__.py", "pack/deep/nets.py"]


def test_a_version_is_the_commit_where_all_is_committed_else_a_hash_of_the_content(tmp_path):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=tmp_path, check=True)

    write_own(tmp_path)
    files = own_files("strange_nets", tmp_path)
    outside = version_of(tmp_path, files)
    assert outside == f"content {digest_of(tmp_path, files)}"
    git("init", "-q")
    git("add", "strange_nets.py")
    git("commit", "-qm", "x")
    assert version_of(tmp_path, files) == outside  # one file of two
    git("add", ".")
    git("commit", "-qm", "y")
    assert version_of(tmp_path, files).startswith("git ")
    (tmp_path / "strange_nets.py").write_text("")
    assert version_of(tmp_path, files).startswith("content ")
    assert version_of(tmp_path, files) != outside
