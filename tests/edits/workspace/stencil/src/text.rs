pub fn around(text: &str) -> String {
    format!("({text} + 40)")
}
