//! Catalogs whose files were damaged: whatever sled makes of them, the catalog opens and works.

use std::fs;
use std::path::{Path, PathBuf};

use super::samples::entry;
use super::tests::{Place, files};
use super::{Catalog, EntryRecord};

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }
}

fn long(folder: &str, number: u64) -> EntryRecord {
    let inputs = format!("{number} ").repeat(100);
    EntryRecord { inputs, ..entry(folder, &number.to_string(), number) }
}

#[test]
fn a_catalog_damaged_in_any_way_opens_and_works() {
    // Large and old enough to have all kinds of files and pages that sled makes.
    let template = Place::new();
    for round in 0..4 {
        let catalog = template.open();
        for folder in 0..20 {
            let name = format!("f{folder}");
            let files = (round * 50..round * 50 + 100).map(|file| long(&name, file));
            catalog.put(&files.collect::<Vec<_>>()).unwrap();
            catalog.remove(&name, &[&(round * 50).to_string()], 9).unwrap();
        }
        catalog
            .put(&[EntryRecord { inputs: "x".repeat(600_000), ..entry("blob", "a", 1) }])
            .unwrap();
    }
    let files_of = |folder: &Path| -> Vec<PathBuf> {
        let both = [folder.to_owned(), folder.join("blobs")];
        let files = both.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|path| path.is_file());
        files.sort();
        files
    };
    let original = template.path().join("catalog");
    let mut replaced = 0;
    for seed in 1..=40 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let place = Place::new();
        let folder = place.path().join("catalog");
        fs::create_dir_all(folder.join("blobs")).unwrap();
        for file in files_of(&original) {
            fs::copy(&file, folder.join(file.strip_prefix(&original).unwrap())).unwrap();
        }
        // Each of the few files is as good a victim as all of the many blobs.
        let (blobs, others): (Vec<_>, Vec<_>) =
            files_of(&folder).into_iter().partition(|path| path.starts_with(folder.join("blobs")));
        let kind = random.below(others.len() + 1);
        let victim = others.get(kind).unwrap_or_else(|| &blobs[random.below(blobs.len())]);
        let mut bytes = fs::read(victim).unwrap();
        let used = bytes.iter().rposition(|&byte| byte != 0).map_or(1, |last| last + 1);
        match seed % 4 {
            0 => bytes.truncate(random.below(used)),
            1 => (0..8).for_each(|_| bytes[random.below(used)] ^= 1 << random.below(8)),
            2 => {
                let start = random.below(used);
                let end = used.min(start + 1 + random.below(4096));
                bytes[start..end]
                    .iter_mut()
                    .for_each(|byte| *byte = u8::try_from(random.below(256)).unwrap());
            }
            _ => bytes[random.below(used)..used].fill(0),
        }
        fs::write(victim, bytes).unwrap();

        // Damage may show at any step, and what was put before is then put again by the user.
        let settle = |catalog: &Catalog| catalog.put(&[entry("new", "a", 1)]).unwrap();
        let catalog = place.open();
        settle(&catalog);
        for folder in 0..20 {
            for entry in catalog.entries(&format!("f{folder}")) {
                let number = entry.as_ref().unwrap().size;
                assert_eq!(entry.unwrap(), long(&format!("f{folder}"), number), "seed {seed}");
            }
        }
        settle(&catalog);
        catalog.flush().unwrap();
        drop(catalog);
        let catalog = place.open();
        settle(&catalog);
        assert_eq!(files(&catalog, "new").len(), 1, "seed {seed}");
        replaced += usize::from(!place.named("catalog.damaged").is_empty());
    }
    assert!(replaced > 15, "only {replaced} of the damaged catalogs were noticed");
}
