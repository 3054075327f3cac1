//! The connectors of the catalog.

use std::{collections::BTreeMap, sync::Arc};

use super::lower;
use crate::{
    catalog::CONNECTORS,
    core::{
        manifest::{document::connector::ConnectorSpec, node::FileId, read},
        model::{connector::Connector, name::Name, source::SourceFile},
    },
};

/// Every connector of the catalog, read like a user's. A test holds that each of them is sound.
pub fn builtins() -> BTreeMap<Name, Arc<Connector>> {
    CONNECTORS
        .iter()
        .filter_map(|file| load(file.name, file.text).ok())
        .map(|c| (c.name.clone(), Arc::new(c)))
        .collect()
}

fn load(path: &str, text: &str) -> Result<Connector, String> {
    let file = SourceFile { path: path.into(), bytes: text.as_bytes().into() };
    let documents = read::read(&file, FileId(0));
    if let Some(problem) = documents.diagnostics.iter().find(|d| d.is_error()) {
        return Err(format!("{path}: {} {:?}", problem.detail, problem.at.as_ref().map(|a| (a.line, a.column))));
    }
    let document = documents.documents.first().ok_or("there is no document in it")?;
    let name = document.name.clone().ok_or("it has no name")?;
    let spec = document.spec().ok_or("it has no spec")?;
    let spec = read::typed::<ConnectorSpec>(spec).map_err(|p| format!("{path}: {}", p.detail))?;
    lower(name, spec, true).map_err(|problems| {
        let told = problems.iter().map(|p| format!("{path}{}: {}", p.pointer, p.detail));
        told.collect::<Vec<_>>().join("\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connector_of_the_catalog_is_sound() {
        let problems: Vec<_> = CONNECTORS.iter().filter_map(|f| load(f.name, f.text).err()).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        assert_eq!(builtins().len(), CONNECTORS.len(), "two have one name");
    }
}
