//! What each command does, a file for each.

pub(crate) mod clear;
pub(crate) mod doctor;
pub(crate) mod ls;
pub(crate) mod pages;
pub(crate) mod path;
pub(crate) mod rm;
pub(crate) mod runs;
pub(crate) mod show;
pub(crate) mod stats;
pub(crate) mod trim;
pub(crate) mod verify;
pub(crate) mod why;
