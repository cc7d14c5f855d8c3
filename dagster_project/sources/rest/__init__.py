"""What every CRM behind an HTTP API shares: being polite, complete, resumable and honest.

A CRM's own package (`sources/<crm>/`) says what it has in dlt's declarative `rest_api` language and
this package runs it. docs/adding_a_crm.md has the steps. From the wire up:

- `policy`: what a CRM allows: pace, burst, daily quota, how its throttling looks.
- `transport`: requests are paced, counted and signed; throttling becomes `Retry-After`, which dlt's
  own retry obeys; an expired token is renewed once; no secret in a message or a log.
- `credentials`, `quota`: secrets only from the environment or dlt's secrets; requests per day.
- `spool`: answers of an unfinished extraction are kept: a killed run goes on where it stopped.
- `table`, `arrow`: a raw table: its fields, key, required fields; answers become text columns.
- `guard`: an answer much shorter than the last one, or than the CRM's own count, stops the run.
- `extraction`: one window's extraction: the above around `rest_api` resources.
- `mapping`, `check`: a company's own fields in one YAML; `make check SOURCE=<crm>`.

Raw rows. Every field is text as the CRM wrote it (nested values as JSON), under the CRM's name for
it; `_extracted_at` says when the extraction that fetched it began. Fields nobody declared are
loaded too and listed in `schema_drift`; a missing required field stops the run.

The bookmark. Extraction is by window and the caller remembers windows (Dagster's partitions do), so
nothing seen in the data moves a bookmark: a row stamped 2099 hides nothing. Windows begin
`overlap` early, because rows become visible some time after they are stamped. Merging by primary
key makes the overlap, repeated windows and any order of windows harmless: the CRM always answers
with a row's present state. Data is complete to min(end of window, begin of extraction).
"""
