//! The catalog's files, read once per process.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::{
    connector,
    document::{Kind, connector::ConnectorSpec},
    library::ConnectorEntry,
    node::FileId,
    read::{Document, FileDocuments, read_built_in},
};
use crate::{
    catalog::{BuiltIn, CONNECTORS, PROFILES},
    core::model::{name::Name, source::SourceFile},
};

static FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    let file = |b: &BuiltIn| SourceFile { path: b.name.into(), bytes: b.text.as_bytes().into() };
    PROFILES.iter().chain(&CONNECTORS).map(file).collect()
});

static DOCUMENTS: LazyLock<Vec<FileDocuments<'static>>> =
    LazyLock::new(|| FILES.iter().zip(0..).map(|(file, id)| read_built_in(file, FileId(id))).collect());

static ENTRIES: LazyLock<Vec<(Name, Arc<ConnectorEntry>)>> = LazyLock::new(|| {
    let connectors = documents().iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Connector);
    connectors.filter_map(connector_entry).collect()
});

/// The files of the catalog; a [`FileId`] of theirs is its index here.
pub fn documents() -> &'static [FileDocuments<'static>] {
    &DOCUMENTS
}

/// Whether it is a file of the catalog.
pub fn is_built_in(file: FileId) -> bool {
    file < file_id(0)
}

/// The id of the `index`th file that is not of the catalog.
pub fn file_id(index: usize) -> FileId {
    FileId(u32::try_from(FILES.len() + index).unwrap_or(u32::MAX))
}

/// The built-in connectors, with the schemas that were compiled so far.
pub(super) fn connectors() -> &'static [(Name, Arc<ConnectorEntry>)] {
    &ENTRIES
}

fn connector_entry(document: &'static Document<'static>) -> Option<(Name, Arc<ConnectorEntry>)> {
    let name = document.name.clone()?;
    let spec = ConnectorSpec::deserialize(document.spec()?).ok()?;
    let connector = connector::lower(name.clone(), spec, true).ok()?;
    Some((name, Arc::new(ConnectorEntry::new(connector))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::manifest::read::{read, typed};

    #[test]
    fn every_file_of_the_catalog_is_read_without_a_word() {
        for (file, id) in FILES.iter().zip(0..) {
            let strictly = read(file, FileId(id));
            assert_eq!(strictly.diagnostics, [], "{}", file.path);
            assert_eq!(strictly.documents.len(), 1, "{}", file.path);
            assert_eq!(strictly.documents, documents()[id as usize].documents, "{}", file.path);
        }
    }

    #[test]
    fn every_connector_of_the_catalog_is_sound() {
        for document in documents().iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Connector) {
            let name = document.name.clone().unwrap();
            let spec: ConnectorSpec = typed(document.spec().unwrap()).unwrap();
            let problems = connector::lower(name.clone(), spec, true).err().unwrap_or_default();
            let told: Vec<_> = problems.iter().map(|p| format!("{name}{}: {}", p.pointer, p.detail)).collect();
            assert!(told.is_empty(), "{}", told.join("\n"));
        }
        assert_eq!(connectors().len(), CONNECTORS.len(), "two have one name");
    }
}
