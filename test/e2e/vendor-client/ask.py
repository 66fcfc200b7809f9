"""Asks CBR with the vendor's own client.

Its argument: {endpoint, project?, key: [access, secret] or token, calls: [[operation, parameters], ...]}. Standard output:
{parameters: those of ListOpLogs, answers: [...]}, each of which is {error: [class, status, code]}, or {value: the client's
objects, fields: [[path, its type as the vendor says, its type as it came], ...]}.
"""

import json
import re
import sys

from huaweicloudsdkcbr import v1
from huaweicloudsdkcbr.v1 import model
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.client import ClientBuilder
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.signer.signer import Signer


class TokenCredentials(BasicCredentials):
    """The vendor's client has none for tokens, which its API takes as well."""

    def sign_request(self, request):
        request.header_params["X-Auth-Token"] = self.sk
        Signer.process_request_uri(request)
        return request


# What the vendor's types are in JSON.
IN_JSON = {"datetime": "str", "date": "str", "object": "dict"}


def fields(kind, value, path, inside=()):
    """All that the vendor's models know, in JSON as it came: the client would turn each value into the type it expects."""
    if kind.startswith("list["):
        for item in value if isinstance(value, list) and value else [None]:
            yield from fields(kind[5:-1], item, path + "[]", inside)
    elif hasattr(model, kind):
        if value is None and kind in inside:
            return  # a backup's children are backups
        of = getattr(model, kind)
        for name, key in of.attribute_map.items():
            part = value.get(key) if isinstance(value, dict) else None
            yield from fields(of.openapi_types[name], part, f"{path}.{key}", (*inside, kind))
    else:
        yield path, IN_JSON.get(kind, kind), type(value).__name__


def answer(client, name, parameters):
    method = re.sub("(?<=.)([A-Z])", r"_\1", name).lower()
    try:
        response = getattr(client, method)(getattr(v1, name + "Request")(**parameters))
    except ServiceResponseException as error:
        return {"error": [type(error).__name__, error.status_code, error.error_code]}
    came = set(fields(name + "Response", json.loads(response.raw_content), ""))
    return {"value": response.to_dict(), "fields": sorted(came)}


asked = json.loads(sys.argv[1])
key, endpoint, project = asked.get("key"), asked["endpoint"], asked.get("project")
login = BasicCredentials(*key, project) if key else TokenCredentials("no key", asked["token"], project)
# Where the project is not given, the client looks up the one of the region's name.
builder = ClientBuilder(v1.CbrClient, type(login).__name__).with_region(Region("ap-southeast-1", endpoint))
client = builder.with_credentials(login.with_iam_endpoint(endpoint)).build()
answers = [answer(client, *call) for call in asked["calls"]]
json.dump({"parameters": list(v1.ListOpLogsRequest.openapi_types), "answers": answers}, sys.stdout)
