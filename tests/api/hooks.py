"""What the API description cannot say, for `run.sh`: which valid requests may be refused all the same."""

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Names that nothing in the store has, places of another list, words with a grammar of their own, rules that hold
# between two fields, and what a file holds.
NOT_IN_A_SCHEMA = {
    "bad_cursor",
    "bad_label",
    "bad_query",
    "empty_correction",
    "file_empty",
    "file_only_header",
    "invalid_upload",
    "missing_parameter",
    "model_unusable",
    "no_condition",
    "no_header_row",
    "no_rows",
    "no_text_column",
    "not_a_table",
    "unknown_collection",
    "unknown_column",
    "unknown_import",
    "unknown_model",
    "unknown_time_zone",
}
# The same of single values, and of two that must be in order.
PARAMETERS = {"map", "scale", "time_zone"}
ORDERED = ("no later than `to`", "at most `rating_max`")


@schemathesis.check
def valid_requests_are_taken(ctx, response, case):
    if response.status_code == 400:
        try:
            error = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            error = {}
        details = error.get("details", {})
        named = error.get("code") == "invalid_parameter" and (
            details.get("parameter") in PARAMETERS or str(details.get("allowed", "")).startswith(ORDERED)
        )
        # The root of the file system is an absolute path, and a folder without a name.
        named = named or (error.get("code") == "bad_name" and case.path.endswith("/models"))
        if named or error.get("code") in NOT_IN_A_SCHEMA:
            return None
    return positive_data_acceptance(ctx, response, case)
