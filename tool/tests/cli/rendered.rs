//! Every command as rendered.

use crate::directory::{DAY, Directory, Entry, batch};
use crate::run::{check, printed, run, tool};
use std::fs;
use std::time::Duration;

#[test]
fn stats_tells_of_a_directory_whose_program_is_gone() {
    check(
        &Directory::sample(),
        &["stats"],
        "\
[DIR]
5.9 KiB in 4 results of 2 functions, 1 of them by older code (324 B)
limits: 10 GiB (`LARDER_MAX_BYTES`), any number, any age

function                       results     size  share             found  computed  shared  failed  spent   saved
orbits::simulate                     3  5.7 KiB  █████████▋  97 %  1,200         3      40       1  1.8 s   2.2 h
orbits::clean::normalize<f32>        1    181 B  ▎            3 %      9         1       0       0  42 us  378 us
total                                4  5.9 KiB                    1,209         4      40       1  1.8 s   2.2 h
",
    );
}

#[test]
fn an_empty_cache_is_told_of_and_listed_as_nothing() {
    let directory = Directory::new();
    check(
        &directory,
        &["stats"],
        "[DIR]\n0 B in 0 results of 0 functions\nlimits: 10 GiB (`LARDER_MAX_BYTES`), any number, any age\n",
    );
    check(&directory, &["ls"], "key  function  inputs  size  age  used  took  code\n");
    check(&directory, &["verify"], "0 results of 0 B checked: all are whole\n");
}

#[test]
fn ls_lists_results_the_last_used_first() {
    check(
        &Directory::sample(),
        &["ls"],
        "\
key                    function                       inputs                   size     age    used    took  code
5e5e5e5e5e5e           orbits::clean::normalize<f32>                          181 B  10 min  10 min   42 us  current
abababababab-77777777  orbits::simulate               seed: 7, steps: 1000    324 B     3 d     1 h   1.5 s  current
0c0c0c0c0c0c           orbits::simulate               seed: 8, steps: 1000  5.1 KiB     2 d     2 d  250 ms  current
abababababab-11111111  orbits::simulate               seed: 7, steps: 1000    324 B    40 d    40 d   1.5 s  older
",
    );
}

#[test]
fn ls_chooses_and_sorts() {
    let directory = Directory::sample();
    let keys = |arguments: &[&str]| {
        let arguments = [&["ls"], arguments].concat();
        let printed = printed(&directory, &arguments);
        let keys = printed.lines().skip(1).map(|line| line.split(' ').next().unwrap().to_owned());
        keys.map(|key| key[..2].to_owned() + &key[12..]).collect::<Vec<_>>()
    };
    let simulate = ["ab-77777777", "0c", "ab-11111111"];
    assert_eq!(keys(&["simulate"]), simulate);
    assert_eq!(keys(&["orbits::simulate"]), simulate);
    assert_eq!(keys(&["normalize"]), ["5e"]);
    assert_eq!(keys(&["clean::normalize<f32>"]), ["5e"]);
    assert_eq!(keys(&["--stale"]), ["ab-11111111"]);
    assert_eq!(keys(&["--older", "60h"]), ["ab-77777777", "ab-11111111"]);
    assert_eq!(keys(&["--larger", "1KiB"]), ["0c"]);
    assert_eq!(keys(&["simulate", "--older", "30d", "--larger", "1KiB"]), [""; 0]);
    assert_eq!(keys(&["--sort", "size", "--limit", "1"]), ["0c"]);
    assert_eq!(keys(&["--sort", "cost", "-n2"]), ["ab-11111111", "ab-77777777"]);
    assert_eq!(keys(&["--sort", "created", "--reverse", "-n1"]), ["ab-11111111"]);
    assert_eq!(keys(&["--sort", "name", "-n1"]), ["5e"]);
}

#[test]
fn show_tells_all_that_is_known_of_a_result() {
    let directory = Directory::sample();
    let shown = printed(&directory, &["show", "0c"]);
    let lines: Vec<_> = shown.lines().collect();
    let rest = "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c-7777777777777777";
    let folder = Entry::default().folder();
    assert_eq!(lines[0], "orbits::simulate(seed: 8, steps: 1000)");
    assert_eq!(lines[1], format!("       key  {folder}/{rest}"));
    assert_eq!(lines[2], format!("      file  [DIR]/entries/{folder}/0c/{rest}"));
    assert_eq!(lines[3], "      size  5.1 KiB (5,224 bytes)");
    assert_eq!(lines[4], "     value  4.9 KiB (5,000 bytes) as bincode");
    assert!(lines[5].starts_with("  computed  20") && lines[5].ends_with(" (2 d ago)"));
    assert!(lines[6].starts_with(" last used  20") && lines[6].ends_with(" (2 d ago)"));
    assert_eq!(lines[7], "      took  250 ms, 1.5 min with the cached results that it used");
    assert_eq!(lines[8], format!("    inputs  {}", "0c".repeat(32)));
    assert_eq!(lines[9], format!("         1  {}", "01".repeat(32)));
    assert_eq!(lines[10], format!("         2  {}", "02".repeat(32)));
    assert_eq!(lines[11], format!("      code  {}", "77".repeat(32)));
    assert_eq!(lines[12], "            as last seen; nothing else is known of it");
    assert_eq!(lines.len(), 13);
}

#[test]
fn a_value_that_describes_itself_is_shown_as_json_and_another_as_its_bytes() {
    let directory = Directory::sample();
    check(
        &directory,
        &["show", "5e", "--value"],
        "{\n  \"3\": null,\n  \"name\": \"ab\",\n  \"sizes\": [\n    1,\n    2.5\n  ]\n}\n",
    );
    directory.write(&Entry {
        inputs: 0x99,
        payload: b"Hello, \xff\n and more".to_vec(),
        ..Entry::default()
    });
    check(
        &directory,
        &["show", "99", "--value"],
        "\
00000000  48 65 6c 6c 6f 2c 20 ff 0a 20 61 6e 64 20 6d 6f  |Hello, .. and mo|
00000010  72 65                                            |re|
",
    );
}

#[test]
fn export_writes_the_value_to_a_new_file_and_never_over_another() {
    let directory = Directory::sample();
    let target = directory.outside().join("value");
    let name = target.to_str().unwrap();
    let expected = format!("5,000 bytes of bincode written to `{name}`\n");
    check(&directory, &["show", "0c", "--export", name], &expected);
    assert_eq!(fs::read(&target).unwrap(), [8; 5000]);
    let mut command = tool();
    command.args(["show", "0c", "--export", "-", "--dir"]).arg(directory.path());
    let output = command.current_dir(directory.outside()).output().unwrap();
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&[8; 5000][..], &[][..]));
    assert!(!directory.outside().join("-").exists());
    let again = run(&directory, &["show", "0c", "--export", name]);
    let expected =
        format!("error: `{name}` is there already and was left alone: name another file\n");
    assert_eq!((again.status, again.err), (Some(2), expected));
}

#[test]
fn path_prints_the_directory_and_nothing_else() {
    check(&Directory::sample(), &["path"], "[DIR]\n");
}

#[test]
fn verify_names_what_is_damaged_and_repair_sets_it_aside() {
    let directory = Directory::sample();
    check(&directory, &["verify"], "4 results of 5.9 KiB checked: all are whole\n");
    let entry = Entry::default();
    let mut bytes = fs::read(directory.file_of(&entry)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(directory.file_of(&entry), bytes).unwrap();
    fs::write(directory.path().join("notes.txt"), "mine").unwrap();
    let ran = run(&directory, &["verify"]);
    let key = entry.key();
    let expected = format!(
        "4 results of 5.6 KiB checked: 1 damaged\n\
         damaged  {key}  of orbits::simulate\n\
         not larder's  notes.txt\n\
         damaged results are computed again when needed; `larder verify --repair` moves them to \
         `damaged/`\n"
    );
    assert_eq!((ran.status, ran.out), (Some(1), expected));
    let repaired = run(&directory, &["verify", "--repair"]);
    assert!(repaired.out.contains("1 file moved to `damaged/`"), "{}", repaired.out);
    assert_eq!(repaired.status, Some(0));
    assert!(
        printed(&directory, &["verify"])
            .starts_with("3 results of 5.6 KiB checked: all are whole\n")
    );
}

#[test]
fn runs_tells_what_the_last_batches_came_to_the_newest_first() {
    let directory = Directory::sample();
    check(
        &directory,
        &["runs"],
        "no batch has been noted here: `f::map` and `larder::Parallel` do so\n",
    );
    let batches = [
        batch(2 * DAY + 5, Duration::from_mins(3), [0, 1_200, 3, 0, 0], 1),
        batch(7205, Duration::from_millis(2_500), [1_190, 9, 0, 1, 400], 2),
        batch(605, Duration::from_millis(40), [7, 2, 0, 0, 3], 3),
    ];
    directory.journal(&batches);
    check(
        &directory,
        &["runs"],
        "\x20  started  what              ended       took  found  computed  shared  failed  skipped       busy     saved
10 min ago  orbits::simulate  cancelled  40 ms      7         2       0       0        3  50 % of 2    10.5 s
   2 h ago  orbits::simulate  failed     2.5 s  1,190         9       0       1      400  50 % of 2  29.8 min
   2 d ago  orbits::simulate  done       3 min      0     1,200       3       0        0  50 % of 2         0
",
    );
    let longest = printed(&directory, &["runs", "--limit", "1", "--longest"]);
    let [head, item] = *longest.lines().collect::<Vec<_>>() else { panic!("{longest}") };
    assert!(head.contains("orbits::simulate"), "{head}");
    assert_eq!(item.trim(), "20 ms  item 41  seed: 41, steps: 1000");
}

#[test]
fn help_lists_the_commands_with_examples_and_exit_codes() {
    check(&Directory::new(), &["--help"], include_str!("help.txt"));
}

#[test]
fn completions_and_manual_pages_are_made_of_the_commands() {
    let directory = Directory::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&directory, &["completions", shell]);
        assert!(script.contains("verify"), "{shell}");
    }
    let pages = directory.outside().join("man");
    printed(&directory, &["man", pages.to_str().unwrap()]);
    let page = fs::read_to_string(pages.join("larder-clear.1")).unwrap();
    assert!(page.contains("stale") && page.contains("EXTRA"), "{page}");
    assert!(pages.join("larder.1").exists());
}

#[test]
fn doctor_says_what_is_wrong_and_what_to_do_about_it() {
    let directory = Directory::sample();
    let told = printed(&directory, &["doctor"]);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "[DIR]");
    assert_eq!(lines[1], "good     layout       format 1, nothing foreign");
    assert!(lines[2].starts_with("good     permissions  you may write"), "{told}");
    let mut checks = lines[1..].iter().filter(|line| !line.starts_with(' '));
    assert!(checks.all(|line| line.starts_with("good")
        || line.starts_with("note")
        || line.starts_with("warning")));
    let claims = lines.iter().find(|line| line.contains("  claims  ")).unwrap();
    if cfg!(target_os = "linux") {
        assert!(claims.ends_with("processes wait for each other's computations"), "{told}");
    }
    let catalog = lines.iter().find(|line| line.contains("  catalog  ")).unwrap();
    assert!(catalog.contains("none yet; 1 journal ("), "{told}");
    assert!(lines.iter().any(|line| line.starts_with("good     limits       what ")), "{told}");
    fs::write(directory.path().join("notes.txt"), "mine").unwrap();
    fs::write(directory.path().join("catalog"), "mine").unwrap();
    fs::remove_file(directory.path().join("totals")).unwrap_or_default();
    for name in ["totals", "trim.lock"] {
        fs::create_dir(directory.path().join(name)).unwrap();
    }
    let ran = run(&directory, &["doctor"]);
    let expected = "\
warning  layout       not made by larder: `catalog`, `notes.txt`
                      move them elsewhere: what is in this directory may be deleted at any time
";
    assert!(ran.out.contains(expected), "{}", ran.out);
    let expected = "\
problem  catalog      what stands in the place of `catalog` is no folder
                      remove `catalog`: it is made again when it is needed
";
    assert!(ran.out.contains(expected), "{}", ran.out);
    let expected = "\
warning  limits       `totals` and `trim.lock` cannot be used, so the cache may outgrow its limits
                      remove `totals` and `trim.lock`: what is missing is made again when it is needed
";
    assert!(ran.out.contains(expected), "{}", ran.out);
    assert_eq!(ran.status, Some(1));
}

// Each of these keeps something from working, and was called good, or foreign and no more.
#[test]
fn what_stands_in_the_place_of_ours_is_a_problem() {
    for (name, is_folder, check) in [
        ("entries", false, "layout"),
        ("tmp", false, "layout"),
        ("journal", false, "catalog"),
        ("catalog", false, "catalog"),
        ("catalog.lock", true, "catalog"),
        ("catalog.summary", true, "catalog"),
        ("claims", true, "claims"),
    ] {
        let directory = Directory::new();
        let place = directory.path().join(name);
        let _ = fs::remove_dir_all(&place);
        let _ = fs::remove_file(&place);
        if is_folder {
            fs::create_dir(&place).unwrap();
        } else {
            fs::write(&place, "").unwrap();
        }
        let ran = run(&directory, &["doctor"]);
        let problems: Vec<_> = ran.out.lines().filter(|line| line.starts_with("problem")).collect();
        let [problem] = *problems else { panic!("{name}: {}", ran.out) };
        let expected = format!("problem  {check:<11}  what stands in the place of `{name}` is no ");
        assert!(problem.starts_with(&expected), "{problem}");
        let advice = format!("remove `{name}`");
        assert!(ran.out.contains(&advice) && ran.status == Some(1), "{}", ran.out);
    }
}

#[test]
fn the_readme_shows_what_the_tool_prints() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let section = readme.split_once("## Looking inside").unwrap().1;
    let block = section.split_once("```text\n").unwrap().1.split_once("```").unwrap().0;
    let directory = Directory::sample();
    let examples: Vec<_> = block.split("$ larder ").skip(1).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let (command, expected) = example.split_once('\n').unwrap();
        let shown = printed(&directory, &command.split(' ').collect::<Vec<_>>());
        let shown = shown.replace("[DIR]", "~/orbits/cachedir");
        assert!(shown.trim_end() == expected.trim_end(), "{command} printed\n{shown}");
    }
}
