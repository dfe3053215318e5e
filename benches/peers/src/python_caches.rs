//! joblib.Memory and diskcache (`peers.py`).

use crate::Result;
use crate::peer::Peer;
use crate::python::Python;
use crate::task::SCALE;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

pub(crate) struct PythonCache {
    python: Rc<RefCell<Python>>,
    name: String,
    version: String,
}

impl PythonCache {
    /// Those that are installed: none where there is no Python.
    pub(crate) fn all(directory: &Path) -> Result<Vec<Self>> {
        let directory = directory.to_str().ok_or("the directory has a name in Unicode")?;
        let started = Python::start("peers.py", &[directory, &SCALE.to_string()])?;
        let Some((python, versions)) = started else { return Ok(Vec::new()) };
        let versions: BTreeMap<String, String> = versions;
        let python = Rc::new(RefCell::new(python));
        let peer = |(name, version)| Self { python: python.clone(), name, version };
        Ok(versions.into_iter().map(peer).collect())
    }
}

impl Peer for PythonCache {
    fn name(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn hit(&mut self, seeds: &[u64]) -> Result<Duration> {
        self.python.borrow_mut().time(&json!({ "peer": self.name, "seeds": seeds }))
    }

    fn miss(&mut self, seeds: &[u64]) -> Result<Duration> {
        self.hit(seeds)
    }

    fn enough(&self) -> (usize, usize) {
        (1_000, 200)
    }
}
