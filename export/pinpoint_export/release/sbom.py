"""The bill of materials of a bundle: CycloneDX JSON, the same bytes for the same bundle."""

from __future__ import annotations

import uuid

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from pinpoint_edge.bundle import Manifest

# The bundle's digest decides everything in the bill, so it also decides its serial number.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/pinpoint-edge")


def bill_of_materials(manifest: Manifest, digest: str) -> bytes:
    """Return the bill: the bundle, its models with their licences, its files, what it runs on.

    digest: of the bundle, sha256 of its manifest.json. The packages that made it are its tools.
    """
    bundle = Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        name=manifest.name,
        version=manifest.model,
        bom_ref=f"bundle:{digest}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        description=f"PinPoint Edge bundle for {manifest.target}, recipe {manifest.recipe.name}; "
        "the hash is that of manifest.json.",
    )
    parts = [
        Component(
            type=ComponentType.MACHINE_LEARNING_MODEL,
            name=item.component,
            bom_ref=f"model:{item.component}",
            licenses=[DisjunctiveLicense(id=item.licence)],
            description=item.source,
        )
        for item in manifest.licences
    ]
    files = [
        Component(
            type=ComponentType.FILE,
            name=name,
            bom_ref=f"file:{name}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=entry.sha256)],
        )
        for name, entry in manifest.files.items()
    ]
    needed = [_package(name, None, ComponentType.FRAMEWORK) for name in manifest.requires]
    bom = Bom(serial_number=uuid.uuid5(_NAMESPACE, digest), components=[*parts, *files, *needed])
    bom.metadata.component = bundle
    # The time of making would give other bytes each time; the format does not ask for it.
    bom.metadata.timestamp = None  # type: ignore[assignment]
    bom.metadata.tools.components.clear()
    for name, version in manifest.tools.items():
        bom.metadata.tools.components.add(_package(name, version, ComponentType.APPLICATION))
    bom.register_dependency(bundle, [*parts, *files, *needed])
    out = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    return (out.output_as_string(indent=1) + "\n").encode()


def _package(name: str, version: str | None, kind: ComponentType) -> Component:
    return Component(
        type=kind,
        name=name,
        version=version,
        bom_ref=f"package:{kind.value}:{name}",
        purl=PackageURL("pypi", name=name, version=version),
    )
