//! manifest
pub mod connector;
pub mod document {
    pub mod connector;
}
