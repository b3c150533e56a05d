"""Print the manifest's JSON Schema, which `docs/manifest.schema.json` holds."""

import json

from pinpoint_edge.bundle.validation import json_schema

print(json.dumps(json_schema(), indent=2))
