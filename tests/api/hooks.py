"""What the API description cannot say, for `run.sh`: which valid requests may be refused all the same, and when."""

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Names that nothing in the store has, places of another list, words with a grammar of their own, rules that hold
# between two fields, and what a file holds.
NOT_IN_A_SCHEMA = {
    "bad_cursor",
    "bad_query",
    "empty_correction",
    "file_empty",
    "file_only_header",
    "header_skipped",
    "invalid_upload",
    "missing_parameter",
    "model_unusable",
    "no_condition",
    "no_header_row",
    "no_rows",
    "no_such_sheet",
    "query_guessed",
    "several_collections",
    "no_text_column",
    "not_a_table",
    "unknown_collection",
    "unknown_column",
    "unknown_import",
    "unknown_model",
    "unknown_time_zone",
    "workbook_damaged",
    "workbook_locked",
    "workbook_too_large",
}
# What single values may be beyond their form: names of time zones, and two bounds that must be in order.
ALLOWED = (
    "at most `rating_max`",
    "no later than `to`",
    "the name of a time zone",
    "the worst and the best rating",
)
# Names that mean something else in addresses.
RESERVED = ("cannot be a model's name: in an address", "means something else in addresses", "may not look like an identifier")


@schemathesis.check
def no_server_errors(ctx, response, case):
    # Whoever asks for words while `POST /reindex` makes their index anew is told to come again.
    if response.status_code == 503 and '"index_loading"' in response.text:
        return None
    return not_a_server_error(ctx, response, case)


@schemathesis.check
def valid_requests_are_taken(ctx, response, case):
    if response.status_code == 400:
        try:
            error = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            error = {}
        allowed = str(error.get("details", {}).get("allowed", ""))
        known = error.get("code") in NOT_IN_A_SCHEMA
        known = known or (error.get("code") == "invalid_parameter" and allowed.startswith(ALLOWED))
        # A folder's own name may be none for a model.
        unnamed = case.path.endswith("/models") and isinstance(case.body, dict) and not case.body.get("name")
        reserved = any(words in error.get("message", "") for words in RESERVED)
        known = known or (error.get("code") == "bad_name" and (unnamed or reserved))
        if known:
            return None
    return positive_data_acceptance(ctx, response, case)
