//! What the compiler says about mistakes: one error each, where the mistake is, with advice.
//!
//! The texts of the compiler's own errors change with its version, so the recorded ones are those
//! of the version that the project is developed with.

#[test]
fn every_mistake_gives_one_error_with_advice() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    drop(cases);
    for entry in std::fs::read_dir("tests/ui").expect("the cases lie there") {
        let path = entry.expect("the cases lie there").path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            let output = std::fs::read_to_string(&path).expect("the output is text");
            let errors = output.lines().filter(|line| line.starts_with("error")).count();
            let warnings = output.lines().filter(|line| line.starts_with("warning")).count();
            assert_eq!((errors, warnings), (1, 0), "{}:\n{output}", path.display());
        }
    }
}

#[test]
fn generated_code_gives_no_warning() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/works/*.rs");
}
