//! What is going on when the blow falls: every kind of job, by a command or by a server, and whatever else changes data.

use super::server::Http;
use super::stage::{Stage, piece};
use serde_json::Value;
use std::fs;
use std::io::{Error, Result};

/// A request, or several; true where all of it was answered with success.
pub(super) type Ask = Box<dyn Fn(&Http) -> Result<bool> + Send + Sync>;

/// One thing that is asked for. It happens wholly or not at all.
pub(super) enum Step {
    /// A command line, by words.
    Run(Vec<String>),
    /// Of a server.
    Ask(Ask),
}

/// Steps on a starting folder. One command, or several requests to a server.
pub(super) struct Scene {
    pub(super) name: &'static str,
    /// The starting folder.
    pub(super) start: &'static str,
    pub(super) steps: Vec<Step>,
    /// Its deletions are of more than one batch, and each batch is one that happens wholly or not at all.
    pub(super) in_batches: bool,
}

impl Scene {
    fn of_command<const N: usize>(name: &'static str, start: &'static str, words: [&str; N]) -> Self {
        Self { name, start, steps: vec![Step::Run(words.map(str::to_owned).to_vec())], in_batches: false }
    }

    fn of_requests(name: &'static str, start: &'static str, steps: Vec<Step>) -> Self {
        Self { name, start, steps, in_batches: false }
    }

    fn in_batches(self) -> Self {
        Self { in_batches: true, ..self }
    }

    /// The command line; `None` where a server is asked.
    pub(super) fn command(&self) -> Option<&[String]> {
        match &*self.steps {
            [Step::Run(words)] => Some(words),
            _ => None,
        }
    }
}

/// All of them.
pub(super) fn scenes(stage: &Stage) -> Vec<Scene> {
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let (reviews, revised, workbook) = (path(&stage.reviews), path(&stage.revised), path(&stage.workbook));
    let many = path(&stage.many_reviews);
    vec![
        Scene::of_command("import", "empty", ["import", &reviews, "--collection", "Acme"]),
        Scene::of_command("import other words", "stored", ["import", &revised, "--collection", "Acme"]),
        Scene::of_command("import a workbook", "stored", ["import", &workbook, "--collection", "Report"]),
        Scene::of_command("read", "unread", ["jobs", "run"]),
        Scene::of_command("catch up", "behind", ["jobs", "run"]),
        Scene::of_command("index anew", "unindexed", ["jobs", "run"]),
        Scene::of_command("reindex", "stored", ["reindex"]),
        Scene::of_command("undo", "stored", ["imports", "undo", &stage.import]),
        Scene::of_command("tune", "stored", ["tune"]),
        Scene::of_command("promote", "tuned", ["tune", "--promote", &stage.model]),
        Scene::of_command("read with another model", "tuned", ["models", "analyze", &stage.model]),
        Scene::of_command("delete by filter", "stored", ["delete", "--query", "support", "--mode", "text", "--yes"]),
        Scene::of_command("delete all", "stored", ["delete", "--all", "--yes"]),
        Scene::of_command("roll back", "promoted", ["tune", "--rollback"]),
        Scene::of_requests("uploads", "stored", uploads(stage)),
        Scene::of_requests("deletions by a server", "stored", deletions(stage)),
        Scene::of_requests("undo while it is read", "empty", import_and_undo(stage)),
        Scene::of_requests("delete what is being imported", "stored", import_and_delete(stage)),
        Scene::of_requests("promote and roll back", "tuned", promote_and_roll_back(stage)),
        Scene::of_requests("fold the words of many small files", "pieces", fold_pieces()),
        Scene::of_requests("fold the words of what is left", "pieces", fold_what_is_left()),
        Scene::of_command("import many", "empty", ["import", &many, "--collection", "Many"]),
        Scene::of_command("promote over many", "many", ["tune", "--promote", &stage.model]),
        Scene::of_command("reindex many", "many", ["reindex"]),
        Scene::of_command("undo many", "many", ["imports", "undo", &stage.many_import]),
        Scene::of_command("undo changes of many", "many", ["imports", "undo", &stage.rerated_import]),
        Scene::of_command("delete many by filter", "many", ["delete", "--collection", "Many", "--yes"]).in_batches(),
        Scene::of_requests("deletions of many by a server", "many", deletions_of_many(stage)).in_batches(),
        Scene::of_requests("undo many while one is read", "many", undo_many(stage)),
    ]
}

fn ask(ask: impl Fn(&Http) -> Result<bool> + Send + Sync + 'static) -> Step {
    Step::Ask(Box::new(ask))
}

/// One request without a body.
fn request(method: &'static str, path: String) -> Step {
    ask(move |http| Ok(http.send(method, &path, "", b"")?.0 < 300))
}

/// A form with a file, a file that is looked at before it is imported, and one that is refused.
fn uploads(stage: &Stage) -> Vec<Step> {
    let (revised, workbook) = (fs::read_to_string(&stage.revised).unwrap(), fs::read(&stage.workbook).unwrap());
    let form = ask(move |http| {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\nForms\r\n--b\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"revised.csv\"\r\n\r\n{revised}\r\n--b--\r\n"
        );
        let sent = http.send("POST", "/imports", "multipart/form-data; boundary=b", body.as_bytes())?;
        Ok(sent.0 < 300)
    });
    let previewed = ask(move |http| {
        let media = "application/octet-stream";
        let (refused, _) = http.send("POST", "/imports?filename=nothing.csv", media, b"\xff\xfe\x00")?;
        let (_, preview) = http.send("POST", "/imports/preview?filename=report.xlsx", media, &workbook)?;
        let preview: Value = serde_json::from_str(&preview)?;
        let Some(upload) = preview["data"]["upload"].as_str() else { return Ok(false) };
        let body = format!(r#"{{"upload":"{upload}","collection":"Report"}}"#);
        let (status, _) = http.send("POST", "/imports", "application/json", body.as_bytes())?;
        Ok(status < 300 && refused >= 400)
    });
    vec![form, previewed]
}

/// What a server deletes, and other changes of what is there.
fn deletions(stage: &Stage) -> Vec<Step> {
    let (item, collection) = (&stage.item, &stage.collection);
    let correction = format!("/items/{item}/correction");
    vec![
        request("POST", "/items/delete?q=support&mode=text".to_owned()),
        ask(move |http| {
            let said = br#"{"sentiment":"negative","emotion":"anger"}"#;
            Ok(http.send("PUT", &correction, "application/json", said)?.0 < 300)
        }),
        request("DELETE", format!("/collections/{collection}")),
        request("POST", "/reindex".to_owned()),
    ]
}

/// A file comes in and is taken back while it is still being read.
fn import_and_undo(stage: &Stage) -> Vec<Step> {
    let reviews = fs::read(&stage.reviews).unwrap();
    let import = ask(move |http| {
        let path = "/imports?filename=reviews.csv&collection=Acme";
        Ok(http.send("POST", path, "application/octet-stream", &reviews)?.0 < 300)
    });
    let undo = ask(|http| {
        let imports = http.get("/imports")?;
        let id = imports["data"][0]["id"].as_str().ok_or_else(|| Error::other("nothing is imported"))?;
        Ok(http.send("DELETE", &format!("/imports/{id}"), "", b"")?.0 < 300)
    });
    vec![import, undo]
}

/// A file comes in, and its collection goes while it is still being read.
fn import_and_delete(stage: &Stage) -> Vec<Step> {
    let revised = fs::read(&stage.revised).unwrap();
    let import = ask(move |http| {
        let path = "/imports?filename=revised.csv&collection=Short-lived";
        Ok(http.send("POST", path, "application/octet-stream", &revised)?.0 < 300)
    });
    let delete = ask(|http| {
        let collections = http.get("/collections")?;
        let short_lived = collections["data"].as_array().into_iter().flatten().find(|c| c["name"] == "Short-lived");
        let id = short_lived.and_then(|c| c["id"].as_str()).ok_or_else(|| Error::other("no such collection"))?;
        Ok(http.send("DELETE", &format!("/collections/{id}"), "", b"")?.0 < 300)
    });
    vec![import, delete]
}

/// A tuned model counts, and the one before it again, which reads what comes in then.
fn promote_and_roll_back(stage: &Stage) -> Vec<Step> {
    let promote = request("POST", format!("/models/{}/promote", stage.model));
    let roll_back = request("POST", "/models/rollback".to_owned());
    vec![promote, roll_back, upload("piece.csv", "Pieces", piece(0).into_bytes())]
}

/// Small files until the parts of the full-text index are put together.
fn fold_pieces() -> Vec<Step> {
    (20..24).map(|nth| upload("piece.csv", "Pieces", piece(nth).into_bytes())).collect()
}

/// So much is deleted of the parts that each is written anew.
fn fold_what_is_left() -> Vec<Step> {
    let delete = |query: &str| request("POST", format!("/items/delete?{query}"));
    vec![
        delete("collection=Pieces&q=kind&mode=text"),
        delete("collection=Acme&rating_min=3"),
        upload("piece.csv", "Pieces", piece(30).into_bytes()),
        request("POST", "/reindex".to_owned()),
    ]
}

/// More than a batch each, while something else is read.
fn deletions_of_many(stage: &Stage) -> Vec<Step> {
    vec![
        upload("piece.csv", "Other", piece(40).into_bytes()),
        request("POST", "/items/delete?collection=Many&rating_min=3".to_owned()),
        request("DELETE", format!("/collections/{}", stage.many)),
    ]
}

/// Two imports of many are taken back, one behind the other, while a file is read.
fn undo_many(stage: &Stage) -> Vec<Step> {
    let undo = |id: &str| request("DELETE", format!("/imports/{id}"));
    let read = upload("piece.csv", "Other", piece(41).into_bytes());
    vec![undo(&stage.many_import), read, undo(&stage.rerated_import)]
}

fn upload(file: &'static str, collection: &'static str, bytes: Vec<u8>) -> Step {
    ask(move |http| {
        let path = format!("/imports?filename={file}&collection={collection}");
        Ok(http.send("POST", &path, "application/octet-stream", &bytes)?.0 < 300)
    })
}
