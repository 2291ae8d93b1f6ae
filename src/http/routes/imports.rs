//! Files that come in.

use crate::app::{App, ImportRequest};
use crate::domain::{ImportState, ItemKind, Once, ReadOptions, Scope};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::extract::{JsonBody, PathId, Within, is_json};
use crate::http::params::{Asked, Group, PageQuery, Params, Spec, Takes};
use crate::http::reply::{Answer, Envelope, ListMetadata, NoMetadata, Reply};
use crate::http::request_key::RequestKey;
use crate::http::spool::{self, Missing, Spooled, Wishes, bad_word};
use crate::http::state::Api;
use crate::http::wire;
use crate::query::ImportView;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What the query string says about a raw body.
impl Group for Wishes {
    fn specs() -> Vec<Spec> {
        let text = |name, about| Spec { name, about, takes: Takes::Text };
        vec![
            text("filename", "Name of a raw body; it makes the body the file."),
            Spec {
                name: "collection",
                about: "Collection by name; made where it is missing. Named after the file where it is not given.",
                takes: Takes::Form(r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f]{1,200}$"),
            },
            text("source", "Source for rows that name none."),
            Spec { name: "kind", about: "Kind of all rows.", takes: Takes::Word(kinds) },
            Spec {
                name: "map",
                about: "Overrides of the guessed columns: `text=Review,date=Posted`; an empty column switches a role off.",
                takes: Takes::Form(wire::MAP_FORM),
            },
        ]
        .into_iter()
        .chain(wire::READ_OPTIONS.map(|(name, takes, about)| Spec { name, about, takes }))
        .collect()
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self {
            file_name: params.text("filename")?,
            collection: params.text("collection")?,
            source: params.text("source")?,
            kind: params.word("kind", ItemKind::parse, &kinds())?,
            mapping: wire::mapping_text(&params.text("map")?.unwrap_or_default()).map_err(bad_word)?,
            options: read_options(params)?,
        })
    }
}

fn kinds() -> Vec<&'static str> {
    ItemKind::ALL.iter().map(|kind| kind.as_str()).collect()
}

fn read_options(params: &Params) -> Result<ReadOptions, ApiError> {
    let mut options = ReadOptions::default();
    for (name, takes, _) in wire::READ_OPTIONS {
        let values = match takes {
            Takes::Texts => params.texts(name),
            _ => params.text(name)?.into_iter().collect(),
        };
        for value in values {
            wire::set_read_option(&mut options, name, &value).map_err(bad_word)?;
        }
    }
    Ok(options)
}

/// Imports a file: as a form, as a raw body with `?filename=`, or by the id of a previewed upload.
///
/// Answers at once; the job reads the rows. Importing the same file twice changes nothing. Sent again with the same
/// `Idempotency-Key`, it answers with the import that the first request has become, as long as that is there.
#[utoipa::path(
    post, path = "/imports", tag = "imports",
    params(Asked<Wishes>, RequestKey),
    request_body(content(
        (wire::UploadForm = "multipart/form-data"),
        (wire::StartUpload = "application/json"),
        (String = "application/octet-stream"),
    )),
    responses(
        (status = 202, description = "The import and its job.", body = Envelope<wire::Started, NoMetadata>),
        (status = 404, description = "The previewed upload is gone.", body = ErrorEnvelope),
        (status = 409, description = "The previewed upload was started already; `import` names what it became.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn start_import(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(query): Asked<Wishes>,
    key: RequestKey,
    request: Request,
) -> Answer<wire::Started> {
    let view = if query.file_name.is_none() && is_json(&request) {
        start_previewed(&api, scope, request, key).await?
    } else {
        let (spooled, wishes) = spool::receive(&api.uploads, request, query).await?;
        let words = wishes.words();
        let body: Vec<&str> = words.iter().chain([&spooled.digest]).map(String::as_str).collect();
        let once = key.once(&body);
        // On a task of its own: when the client hangs up in the middle, the import exists with its file, or neither does.
        let app = api.app.clone();
        let started = tokio::spawn(async move { start(&app, scope, spooled, wishes, once).await });
        started.await.map_err(|error| ApiError::internal(&error.to_string()))?.map_err(|refused| refused.1)?
    };
    let path = format!("/api/v1/imports/{}", view.uid);
    Ok(Reply::ok(wire::Started::from(view)).status(StatusCode::ACCEPTED).at(path))
}

/// Starts an upload that was previewed. Where it is refused (a wrong mapping), the upload stays for another try.
async fn start_previewed(api: &Api, scope: Scope, request: Request, key: RequestKey) -> Result<ImportView, ApiError> {
    let JsonBody(asked) = JsonBody::<wire::StartUpload>::from_request(request, &()).await?;
    let (mapping, options, kind) = asked.read().map_err(bad_word)?;
    let wire::StartUpload { upload, file, collection, source, .. } = asked;
    let mut wishes = Wishes { file_name: file, collection, source, kind, mapping, options };
    let words = wishes.words();
    let body: Vec<&str> = words.iter().chain([&upload]).map(String::as_str).collect();
    let once = key.once(&body);
    let (name, spooled) = loop {
        let settled = api.uploads.of(scope).settled();
        let missing = match api.uploads.of(scope).take(&upload) {
            Ok(taken) => break taken,
            Err(missing) => missing,
        };
        // Sent again, its upload is gone since the first took it.
        if let Some(once) = &once
            && let Some(view) = api.app.imports().import_of_request(scope, once.clone()).await?
        {
            return Ok(view);
        }
        match missing {
            Missing::Started(None) => settled.await,
            missing => return Err(not_there(&upload, missing)),
        }
    };
    wishes.file_name.get_or_insert_with(|| name.clone());
    // On a task of its own: when the client hangs up in the middle, the upload has become an import, or is back.
    let (task, id) = (api.clone(), upload.clone());
    let started = tokio::spawn(async move {
        let uploads = task.uploads.of(scope);
        match start(&task.app, scope, spooled, wishes, once).await {
            Ok(view) => {
                uploads.became(&id, view.uid);
                Ok(view)
            }
            Err(refused) => {
                let (spooled, error) = *refused;
                uploads.put(id, name, spooled);
                Err(error)
            }
        }
    });
    started.await.unwrap_or_else(|error| {
        api.uploads.of(scope).lost(&upload);
        Err(ApiError::internal(&error.to_string()))
    })
}

fn not_there(upload: &str, missing: Missing) -> ApiError {
    let error = match missing {
        Missing::Gone => {
            let message = "that upload is gone; it is kept for an hour after its preview: send the file again";
            ApiError::new(StatusCode::NOT_FOUND, "unknown_upload", message)
        }
        Missing::Started(import) => {
            let message = "that upload was started already; nothing was started twice";
            ApiError::new(StatusCode::CONFLICT, "already_started", message)
                .with("import", import.map(|import| import.to_string()))
        }
    };
    error.with("upload", upload)
}

/// The file, still whole, and why it was not taken.
type Refused = Box<(Spooled, ApiError)>;

/// Hands the file over.
async fn start(
    app: &App,
    scope: Scope,
    spooled: Spooled,
    wishes: Wishes,
    once: Option<Once>,
) -> Result<ImportView, Refused> {
    let Wishes { file_name, collection, source, kind, mapping, options } = wishes;
    let file_name = file_name.unwrap_or_else(|| "upload".to_owned());
    let request = ImportRequest {
        spooled: spooled.path().to_owned(),
        plan: spooled.plan(&file_name, &options),
        file_name,
        collection,
        source,
        kind,
        mapping,
        options,
        once,
    };
    match app.imports().start_import(scope, request).await {
        Ok((view, new)) => {
            if new {
                spooled.keep();
            }
            Ok(view)
        }
        Err(error) => Err(Box::new((spooled, error.into()))),
    }
}

/// Looks at a file: format, encoding, columns with their guessed roles, the first 50 rows. Nothing is stored.
///
/// A file that was sent before is looked at again, with other options, by the id of its preview.
#[utoipa::path(
    post, path = "/imports/preview", tag = "imports", params(Asked<Wishes>),
    request_body(content(
        (wire::UploadForm = "multipart/form-data"),
        (wire::StartUpload = "application/json"),
        (String = "application/octet-stream"),
    )),
    responses(
        (status = 200, description = "What was found.", body = Envelope<wire::Preview, NoMetadata>),
        (status = 404, description = "The previewed upload is gone.", body = ErrorEnvelope),
        (status = 409, description = "The previewed upload was started already; `import` names what it became.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn preview_import(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(query): Asked<Wishes>,
    request: Request,
) -> Answer<wire::Preview> {
    if query.file_name.is_none() && is_json(&request) {
        let JsonBody(asked) = JsonBody::<wire::StartUpload>::from_request(request, &()).await?;
        let (mapping, options, _) = asked.read().map_err(bad_word)?;
        let (name, path, bytes) =
            api.uploads.of(scope).look(&asked.upload).map_err(|missing| not_there(&asked.upload, missing))?;
        let name = asked.file.unwrap_or(name);
        let sniffed = api.app.imports().preview_import(scope, path, name.clone(), options.clone(), mapping).await?;
        api.uploads.of(scope).saw(&asked.upload, &name, &options, &sniffed);
        return Ok(Reply::ok(wire::Preview::new(asked.upload, name, bytes, sniffed)));
    }
    let (mut spooled, wishes) = spool::receive(&api.uploads, request, query).await?;
    let name = wishes.file_name.unwrap_or_else(|| "upload".to_owned());
    let Wishes { options, mapping, .. } = wishes;
    let path = spooled.path().to_owned();
    let sniffed = api.app.imports().preview_import(scope, path, name.clone(), options.clone(), mapping).await?;
    spooled.saw(&name, &options, &sniffed);
    let upload = api.seal.fresh_id().to_string();
    let preview = wire::Preview::new(upload.clone(), name.clone(), spooled.bytes, sniffed);
    api.uploads.of(scope).put(upload, name, spooled);
    Ok(Reply::ok(preview))
}

/// Imports, newest first.
#[utoipa::path(
    get, path = "/imports", tag = "imports", params(Asked<PageQuery>),
    responses((status = 200, description = "One page.", body = Envelope<Vec<wire::Import>, ListMetadata>)),
)]
pub(super) async fn list_imports(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(page): Asked<PageQuery>,
) -> Answer<Vec<wire::Import>, ListMetadata> {
    let page = api.app.imports().list_imports(scope, page.limit, page.cursor).await?;
    let metadata = ListMetadata { total: page.total, next_cursor: page.next_cursor };
    Ok(Reply::with(page.rows.into_iter().map(Into::into).collect(), metadata))
}

/// One import.
#[utoipa::path(
    get, path = "/imports/{id}", tag = "imports", params(("id" = String, Path, description = "Id of the import.")),
    responses((status = 200, description = "The import.", body = Envelope<wire::Import, NoMetadata>)),
)]
pub(super) async fn get_import(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::Import> {
    Ok(Reply::ok(api.app.imports().get_import(scope, uid).await?.into()))
}

/// Takes an import back: its new items go, its updates return to what was there before. The answer says which and how many;
/// of an import that was taken back before, none.
#[utoipa::path(
    delete, path = "/imports/{id}", tag = "imports", params(("id" = String, Path, description = "Id of the import.")),
    responses(
        (status = 200, description = "It is undone.", body = Envelope<wire::UndoneImport, NoMetadata>),
        (status = 202, description = "It is being undone.", body = Envelope<wire::UndoneImport, NoMetadata>),
        (status = 409, description = "Its job cannot be stopped now.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn undo_import(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::UndoneImport> {
    let (view, effects) = api.app.imports().undo_import(scope, uid).await?;
    let status = if view.state == ImportState::Undone { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(Reply::ok(wire::UndoneImport::new(view, effects)).status(status))
}

/// Counts rows that say the same by the same author at the same moment once: what the import brought twice goes, and the
/// same file does not bring it back.
#[utoipa::path(
    post, path = "/imports/{id}/fold", tag = "imports",
    params(("id" = String, Path, description = "Id of the import.")),
    responses(
        (status = 200, description = "The import with its new counts.", body = Envelope<wire::Import, NoMetadata>),
        (status = 409, description = "It is not done, or was taken back.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn fold_import(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::Import> {
    Ok(Reply::ok(api.app.imports().fold_import(scope, uid).await?.into()))
}

/// The rows that could not become items, with line, byte, column, reason and the row itself.
#[utoipa::path(
    get, path = "/imports/{id}/rejected.csv", tag = "imports",
    params(("id" = String, Path, description = "Id of the import.")),
    responses((status = 200, description = "CSV with a header row.", body = String, content_type = "text/csv")),
)]
pub(super) async fn rejected_csv(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Result<Response, ApiError> {
    let text = api.app.imports().rejected_csv(scope, uid).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"rejected.csv\""),
    ];
    Ok((headers, Body::from_stream(text)).into_response())
}

/// Imports the bundled sample sets, where they are not there.
#[utoipa::path(
    post, path = "/demo", tag = "imports",
    responses(
        (status = 202, description = "The imports, some of which begin now.", body = Envelope<Vec<wire::Import>, NoMetadata>),
        (status = 200, description = "The imports; all of them are there already.", body = Envelope<Vec<wire::Import>, NoMetadata>),
        (status = 409, description = "An import is being taken back, and it takes long.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn start_demo(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
) -> Answer<Vec<wire::Import>> {
    let (views, started) = api.app.imports().start_demo(scope).await?;
    let status = if started { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok(Reply::ok(views.into_iter().map(Into::into).collect()).status(status))
}
