"""What the API description cannot say, for `run.sh`: which valid requests may be refused all the same."""

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Names that nothing in the store has, places of another list, words with a grammar of their own, and rules that hold
# between two fields.
NOT_IN_A_SCHEMA = {
    "bad_cursor",
    "bad_label",
    "bad_query",
    "empty_correction",
    "invalid_upload",
    "missing_parameter",
    "unknown_collection",
    "unknown_import",
    "unknown_model",
}
# The same of single values.
PARAMETERS = {"map", "scale", "time_zone"}


@schemathesis.check
def valid_requests_are_taken(ctx, response, case):
    if response.status_code == 400:
        try:
            error = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            error = {}
        named = error.get("code") == "invalid_parameter" and error.get("details", {}).get("parameter") in PARAMETERS
        if named or error.get("code") in NOT_IN_A_SCHEMA:
            return None
    return positive_data_acceptance(ctx, response, case)
