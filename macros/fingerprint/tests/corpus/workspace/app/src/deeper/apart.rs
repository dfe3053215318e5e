use super::Case as Box;

impl Box {
    pub fn opened(&self) -> u64 {
        1621
    }
}

impl crate::deeper::Case {
    pub fn closed(&self) -> u64 {
        1622
    }
}

impl super::Move for super::Case {
    fn moved(&self) -> u64 {
        1623
    }
}
