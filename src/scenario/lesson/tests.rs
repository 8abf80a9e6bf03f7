//! Every lesson is performed and held to its claims; the parser says where a file is wrong.

use netsplit_sim::action::Action;
use netsplit_sim::ids::NodeId;
use netsplit_sim::setup::Position;
use netsplit_sim::time::{Span, Time};
use netsplit_sim::trace::EventKind;

use super::expression::Measure;
use super::perform::{broken_claims, perform};
use super::prose::Inline;
use super::{Lesson, Record, State, measure, prose};
use crate::Session;

/// A small lesson with two steps, to break in various ways.
const SMALL: &str = r#"+++
number = "1.1"
title = "Small"
concept = "E1"
section = "One"
link = "https://example.org"
+++

What it is about.

```scenario
keys = 2

[protocol]
name = "primary-backup"

[[nodes]]
name = "n1"

[[nodes]]
name = "n2"
x_km = 2000

[[clients]]
name = "c1"
home = "n1"
pace = { kind = "closed", think_ms = 10 }
```

```predict
question = "Which?"

[[options]]
id = "a"
text = "A"
right = "write.max_ms@watch > 1000"

[[options]]
id = "b"
text = "B"
right = "write.max_ms@watch < 1000"
```

Watch.

```do
id = "watch"
button = "Watch"
lasts_ms = 500
```

```outcome
It took {write.p50_ms@watch}.
```

Cut it.

```do
id = "cut"
button = "Cut"
lasts_ms = 500
actions = [{ action = "cut", between = ["n1", "n2"] }]
```

```outcome
{write.count@cut} writes.
```

```meaning
It means something.
```

```claims
There were writes: write.count@watch > 2
```
"#;

fn small() -> Lesson {
    Lesson::parse("01-small.md", SMALL).expect("a lesson")
}

#[test]
fn every_lesson_of_the_folder_can_be_read() {
    let (lessons, problems) = Lesson::all();
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(lessons.len() >= 3);
    for pair in lessons.windows(2) {
        assert!(pair[0].order < pair[1].order && pair[0].slug != pair[1].slug);
    }
}

/// What the build script wrote down is all that stands in the files.
#[test]
fn the_lessons_of_the_build_are_those_of_the_folder() {
    for lesson in Lesson::all().0 {
        let file = format!("{:02}-{}.md", lesson.order, lesson.slug);
        let path = format!("{}/../../static/lessons/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("a file of the folder");
        assert_eq!(Lesson::parse(&file, &text).expect("a lesson"), lesson);
    }
}

#[test]
fn every_lesson_keeps_its_claims() {
    let mut broken = Vec::new();
    for lesson in Lesson::all().0 {
        let record = perform(&lesson).expect(&lesson.slug);
        broken
            .extend(broken_claims(&lesson, &record).iter().map(|claim| format!("{}: {claim}", lesson.slug)));
    }
    assert!(broken.is_empty(), "claims that are not true:\n{}", broken.join("\n"));
}

#[test]
fn the_run_decides_for_exactly_one_answer() {
    for lesson in Lesson::all().0 {
        let record = perform(&lesson).expect(&lesson.slug);
        let options = &lesson.predict.options;
        let holds = |right| record.holds(&lesson, right).expect("everything was measured");
        let right: Vec<&str> = options.iter().filter(|o| holds(&o.right)).map(|o| o.id.as_str()).collect();
        assert_eq!(right.len(), 1, "{}: {right:?}", lesson.slug);
        assert!(options.iter().all(|option| record.can_judge(&lesson, &option.right)), "{}", lesson.slug);
    }
}

#[test]
fn everything_that_a_lesson_speaks_of_is_measured() {
    for lesson in Lesson::all().0 {
        let record = perform(&lesson).expect(&lesson.slug);
        assert!(record.states(&lesson).iter().all(|state| *state == State::Over), "{}", lesson.slug);
        let mut missing = Vec::new();
        lesson.measures(&mut |measure| {
            let found = match measure.is_words() {
                true => record.words(&lesson, measure).is_some(),
                false => record.number(&lesson, measure).is_some(),
            };
            if !found {
                missing.push(measure.to_string());
            }
        });
        assert!(missing.is_empty(), "{}: {missing:?}", lesson.slug);
        for (step, inline) in lesson
            .steps
            .iter()
            .flat_map(|step| prose::inlines(&step.outcome).map(move |inline| (step, inline)))
        {
            if let Inline::Number(sum, _) = inline {
                let value = sum.value(&|measure| record.number(&lesson, measure));
                assert!(value.is_some(), "{} of {}: {sum:?}", step.id, lesson.slug);
            }
        }
    }
}

/// A lesson names the means; the run has ordinary crashes in its script, and the steps' own actions come after.
#[test]
fn machines_that_wear_out_crash_in_the_script() {
    let wear = "keys = 2\n\n[wear]\nmtbf_ms = 90\nmttr_ms = 10\nseed = 3\nuntil_ms = 1000\n";
    let text = SMALL.replace("keys = 2\n", wear);
    let lesson = Lesson::parse("01-small.md", &text).expect("a lesson");
    let run = &lesson.runs[0];
    assert!((10..60).contains(&run.script.len()), "{}", run.script.len());
    assert!(run.script.iter().all(|step| step.at <= Time(1_000_000_000)));
    assert_eq!(lesson.steps[1].actions.len(), 1, "the cut, and no crash");
    let mut session = Session::new(run.clone()).expect("valid");
    let mut record = Record::default();
    session.advance(Time(500_000_000), u64::MAX);
    record.observe(&lesson, &mut session);
    assert!(record.is_on_course());
    let told = |wear: &str| {
        let wrong = SMALL.replace("keys = 2\n", &format!("keys = 2\n\n[wear]\n{wear}"));
        Lesson::parse("01-small.md", &wrong).expect_err("a problem")[0].to_string()
    };
    assert!(told("mttr_ms = 10\nuntil_ms = 1000\n").contains("mtbf_ms"));
    assert!(told("mtbf_ms = 90\nmttr_ms = 10\nuntil_ms = 9\nage = 1\n").contains("age"));
    assert!(told("mtbf_ms = 1\nmttr_ms = 1\nuntil_ms = 9000\n").contains("expected at most 2000 steps"));
}

#[test]
fn availability_by_time_is_measured_in_any_windows() {
    let lesson = small();
    let mut session = Session::new(lesson.runs[0].clone()).expect("valid");
    session.advance(Time(500_000_000), u64::MAX);
    let built = crate::build(&lesson.runs[0]).expect("valid");
    let world = super::progress::World::new(built.setup.clone(), &built.words());
    let mut number = |name: &str| {
        measure::Window::new(&mut session, &world, &[], Time::ZERO, Time(500_000_000)).number(name)
    };
    assert_eq!(number("windows.100.95.share"), Some(1.0));
    assert_eq!(number("windows.100.95.failures"), Some(0.0));
    assert_eq!((number("windows.100.95.nines"), number("windows.100.95.mttr_ms")), (None, None));
    assert_eq!(number("windows.100.95.downtime_per_year_s"), Some(0.0));
    let (wide, narrow) = (number("windows.250.50.count"), number("windows.50.50.count"));
    assert!(wide == Some(2.0) && narrow > wide, "{wide:?} {narrow:?}");
    for wrong in ["windows.0.95.share", "windows.10.101.share", "windows.x.5.share", "windows.10.5.most"] {
        assert_eq!(number(wrong), None, "{wrong}");
    }
    assert_eq!(number("unseen_writes"), Some(0.0));
    assert!(number("write.mean_ms").is_some() && number("read.p9999_ms").is_some());
}

#[test]
fn a_claim_that_is_not_true_is_told() {
    let text = SMALL.replace("write.count@watch > 2", "write.count@watch > 2000");
    let lesson = Lesson::parse("01-small.md", &text).expect("a lesson");
    let record = perform(&lesson).expect("a performance");
    let broken = broken_claims(&lesson, &record);
    assert!(
        broken.len() == 1 && broken[0].starts_with("There were writes: write.count@watch = "),
        "{broken:?}"
    );
}

#[test]
fn a_step_counts_however_it_was_done_and_undo_takes_it_back() {
    let lesson = small();
    let mut session = Session::new(lesson.runs[0].clone()).expect("a run");
    let mut record = Record::default();
    let states = |record: &Record| record.states(&lesson);
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Now, State::Later]);
    session.advance(Time(250_000_000), u64::MAX);
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Watching(0.5), State::Later]);
    session.advance(Time(600_000_000), u64::MAX);
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Over, State::Now]);
    // By hand: the two directions one after the other, and not by the step's own action.
    let (a, b) = (session.find("n1").expect("n1"), session.find("n2").expect("n2"));
    session.act(Action::CutOneWay(a, b)).expect("possible");
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Over, State::Now]);
    session.act(Action::CutOneWay(b, a)).expect("possible");
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Over, State::Watching(0.0)]);
    session.advance(Time(1_200_000_000), u64::MAX);
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Over, State::Over]);
    // Going back in time takes nothing back of what was seen; undoing the cut does.
    session.seek(Time(100_000_000), u64::MAX);
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Over, State::Over]);
    assert!(session.undo() && session.undo());
    session.resume(u64::MAX);
    record.observe(&lesson, &mut session);
    assert_eq!(states(&record), [State::Over, State::Now]);
}

#[test]
fn what_is_tried_after_a_step_does_not_change_what_was_seen() {
    let (lessons, _) = Lesson::all();
    let lesson =
        lessons.into_iter().find(|lesson| lesson.slug == "light-floor").expect("a lesson of the folder");
    let last = lesson.steps.len() - 1;
    let mut session = Session::new(lesson.runs[1].clone()).expect("a run");
    let mut record = Record::default();
    let after = |session: &mut Session, record: &mut Record, ms: u64| {
        session.advance(session.now() + Span::from_ms(ms), u64::MAX);
        record.observe(&lesson, session);
    };
    after(&mut session, &mut record, 3_000);
    for action in &lesson.steps[last - 1].actions {
        session.act(action.clone()).expect("possible");
    }
    after(&mut session, &mut record, 3_000);
    // A drag, while time passes: the watching begins where the hand lets go.
    let site = session.find("server").expect("the server");
    let seen = |record: &Record, name: &str| {
        let window = lesson.steps[last].id.clone();
        record.number(&lesson, &Measure { name: name.to_owned(), window })
    };
    for x_km in [-3_000, -2_000, -1_000, -1_500] {
        session.act(Action::Move(site, Position { x_km, y_km: 0 })).expect("possible");
        after(&mut session, &mut record, 200);
    }
    after(&mut session, &mut record, 3_000);
    let (best, floor) = (seen(&record, "read.min_ms"), seen(&record, "link.london.server.light_ms"));
    assert_eq!(floor, Some(15.0));
    assert!(best.is_some_and(|best| best > 15.0 && best < 16.0), "{best:?}");
    session.act(Action::Move(site, Position { x_km: -200, y_km: 0 })).expect("possible");
    after(&mut session, &mut record, 3_000);
    assert_eq!(seen(&record, "read.min_ms"), best);
    assert_eq!(seen(&record, "link.london.server.light_ms"), floor);
}

/// The lesson with one more step of text, put before its meaning.
fn small_with(step: &str) -> String {
    SMALL.replace(
        "```meaning",
        &format!("Go on.\n\n```do\n{step}\n```\n\n```outcome\nIt is over.\n```\n\n```meaning"),
    )
}

#[test]
fn a_run_can_do_without_a_node() {
    let step = "id = \"alone\"\nbutton = \"Alone\"\nlasts_ms = 500\nwithout = [\"n2\"]";
    let text = small_with(step).replace(
        "keys = 2\n",
        "keys = 2\nscript = [{ at_ms = 100, action = \"crash\", node = \"n2\" }, { at_ms = 200, action = \"heal-all\" }]\n\
         links = [{ between = [\"n1\", \"n2\"], base_ms = 3 }]\n",
    );
    let lesson = Lesson::parse("01-small.md", &text).expect("a lesson");
    let (with, without) = (&lesson.runs[0], &lesson.runs[1]);
    assert_eq!((with.nodes.len(), with.links.len(), with.script.len()), (2, 1, 2));
    assert_eq!((without.nodes.len(), without.links.len(), without.script.len()), (1, 0, 1));
    assert_eq!((lesson.run_of(with), lesson.run_of(without)), (Some(0), Some(1)));
    let wrong = Lesson::parse("01-small.md", &text.replace("without = [\"n2\"]", "without = [\"n3\"]"));
    let told = wrong.expect_err("no such node")[0].to_string();
    assert!(told.contains("without: expected names of nodes or clients"), "{told}");
}

#[test]
fn runs_that_differ_only_in_their_script_are_told_apart() {
    let step = |id: &str, node: &str| {
        format!(
            "id = \"{id}\"\nbutton = \"Go\"\nlasts_ms = 300\nview = \"n1\"\n\
             change = {{ script = [{{ at_ms = 100, action = \"crash\", node = \"{node}\" }}] }}"
        )
    };
    let mend = "id = \"mend\"\nbutton = \"Mend\"\nlasts_ms = 300\n\
                actions = [{ action = \"restart\", node = \"n2\" }]";
    let block = |step: &str, outcome: &str| format!("```do\n{step}\n```\n\n```outcome\n{outcome}\n```\n\n");
    let more = block(&step("two", "n2"), "{node.n2.up_share@two}") + &block(mend, "{node.n2.up_share@mend}");
    let text = small_with(&step("one", "n1")).replace("```meaning", &(more + "```meaning"));
    let lesson = Lesson::parse("01-small.md", &text).expect("a lesson");
    for (index, run) in lesson.runs.iter().enumerate() {
        assert_eq!(lesson.run_of(run), Some(index));
    }
    let mut session = Session::new(lesson.runs[2].clone()).expect("a run");
    let mut record = Record::default();
    for ms in [0, 300] {
        session.advance(Time::ZERO + Span::from_ms(ms), u64::MAX);
        record.observe(&lesson, &mut session);
        assert_eq!(record.view(&lesson), Some(NodeId(0)), "what n1 sees, until the next step begins");
    }
    // n2 ran before its crash, but that is not the restart that is asked for.
    let up_share = |record: &Record, window: &str| {
        let (name, window) = ("node.n2.up_share".to_owned(), window.to_owned());
        record.number(&lesson, &Measure { name, window })
    };
    assert!(up_share(&record, "two").is_some_and(|share| (share - 1.0 / 3.0).abs() < 1e-9));
    assert_eq!(up_share(&record, "mend"), None);
    session.act(lesson.steps[4].actions[0].clone()).expect("possible");
    record.observe(&lesson, &mut session);
    assert_eq!(record.view(&lesson), None);
    session.advance(Time::ZERO + Span::from_ms(600), u64::MAX);
    record.observe(&lesson, &mut session);
    assert_eq!(up_share(&record, "mend"), Some(1.0));
}

/// What the reader of the lesson on crash and cut is asked to find: there is nothing to be found.
#[test]
fn a_node_sees_the_same_events_whatever_silenced_the_other() {
    let (lessons, _) = Lesson::all();
    let lesson =
        lessons.into_iter().find(|lesson| lesson.slug == "be-the-node").expect("a lesson of the folder");
    let me = NodeId(0);
    let nights: Vec<Vec<_>> = lesson
        .runs
        .iter()
        .map(|run| {
            let fog =
                lesson.steps.iter().find(|step| step.view == Some(me)).expect("a step in the fog").lasts;
            let mut session = Session::new(run.clone()).expect("a run");
            session.advance(Time::ZERO + fog, u64::MAX);
            let trace = session.machine().trace().iter();
            let seen = trace.filter(|event| event.at < Time::ZERO + fog && measure::is_noticed(event, me));
            // Neither the numbers of messages nor those of events are anything that a node could know.
            seen.map(|event| match event.kind {
                EventKind::Sent { to, label, .. } => (event.at, "sent", to, label),
                EventKind::Delivered { from, label, .. } => (event.at, "got", from, label),
                EventKind::TimerFired { label, .. } => (event.at, "timer", me.into(), label),
                EventKind::Noted { note, .. } => (event.at, "noted", me.into(), note),
                _ => (event.at, "else", me.into(), 0),
            })
            .collect()
        })
        .collect();
    assert_eq!(nights.len(), 3);
    assert!(nights[0].len() > 50);
    assert_eq!(nights[0], nights[1]);
    assert_eq!(nights[0], nights[2]);
}

#[test]
fn a_node_that_is_down_or_paused_does_not_run() {
    let step = "id = \"down\"\nbutton = \"Go\"\nlasts_ms = 1000\n\
                change = { script = [{ at_ms = 100, action = \"pause\", node = \"n2\" }, \
                { at_ms = 200, action = \"resume\", node = \"n2\" }, { at_ms = 600, action = \"pause\", node = \"n2\" }, \
                { at_ms = 700, action = \"crash\", node = \"n2\" }, { at_ms = 900, action = \"restart\", node = \"n2\" }] }";
    let text = small_with(step).replace(
        "```claims\n",
        "```claims\nWhat ran: node.n1.up_share@down = 1 and node.n2.up_share@down = 0.6 and up_share@down = 0.8\n\
         n2 was heard and n1 saw it: heard.n1.n2.count@down > 1 and seen.n1.count@down > heard.n1.n2.count@down\n\
         Nobody is told by a node that does not run: heard.n2.n1.count@down < heard.n1.c1.count@down\n",
    );
    let lesson = Lesson::parse("01-small.md", &text).expect("a lesson");
    let record = perform(&lesson).expect("a performance");
    assert_eq!(broken_claims(&lesson, &record), Vec::<String>::new());
}

#[test]
fn another_run_is_not_measured() {
    let lesson = small();
    let mut session = Session::new(crate::Scenario::default()).expect("a run");
    let mut record = Record::default();
    record.observe(&lesson, &mut session);
    assert!(!record.is_on_course());
}

#[test]
fn problems_name_file_line_and_what_was_expected() {
    let told = |from: &str, to: &str| {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        Lesson::parse("01-small.md", &text).expect_err(to)[0].to_string()
    };
    let cases = [
        ("+++\nnumber", "number", "01-small.md: line 1: expected +++ and the lesson's facts below it"),
        ("number = \"1.1\"\n", "", "line 1: number: is missing; expected the number in the chapter"),
        ("title = ", "titel = ", "title: is missing; expected the title"),
        ("keys = 2", "keys = two", "line 12:"),
        ("keys = 2", "key = 2", "line 12: key: is no field here"),
        ("name = \"n2\"", "name = \"n1\"", "line 21: nodes[2].name:"),
        (
            "right = \"write.max_ms@watch > 1000\"",
            "right = \"maybe\"",
            "line 36: options[1].right: \"maybe\" is no measure",
        ),
        ("question = \"Which?\"\n", "", "line 30: question: is missing"),
        ("id = \"cut\"", "id = \"watch\"", "\"watch\" is the name of a step above"),
        (
            "id = \"watch\"\n",
            "id = \"watch\"\nview = \"n3\"\n",
            "line 46: view: expected the name of a node, and found \"n3\"",
        ),
        ("between = [\"n1\", \"n2\"]", "between = [\"n1\", \"n3\"]", "line 62: script[1].between"),
        ("action = \"cut\"", "action = \"cut\", at_ms = 3", "line 62: actions[1]: has an at_ms"),
        (
            "```outcome\nIt took",
            "```meaning\nIt took",
            "line 46: expected an outcome block after this do block",
        ),
        ("It took {write.p50_ms@watch}.", "# It took", "line 53: expected only paragraphs"),
        ("{write.count@cut}", "{write.count@cute}", "write.count@cute: no step has that name"),
        ("```meaning\nIt", "Text.\n\n```meaning\nIt", "line 69: prose stands above scenario, predict or do"),
        (
            "```meaning",
            "```moaning",
            "expected a block of scenario, predict, do, outcome, chart, meaning or claims",
        ),
        ("There were writes:", "There were writes", "expected a sentence, a colon and a condition"),
        ("> 2\n```\n", "> 2\n", "this block has no ``` below it"),
        ("> 2\n```\n", "> 2\n```\nAnd so on.\n", "nothing takes this prose"),
    ];
    for (from, to, expected) in cases {
        let told = told(from, to);
        assert!(told.contains(expected), "{told}\n  should contain {expected}");
    }
    assert!(
        Lesson::parse("small.md", SMALL).expect_err("no number")[0].to_string().contains("14-light-floor.md")
    );
}

/// A chart for the small lesson.
const CHART: &str = r#"```chart
title = "Writes"
x = "cuts"
y = "ms"

[[series]]
name = "write"
points = [
    { x = 0, y = "write.p50_ms@watch" },
    { x = 1, y = "write.max_ms@cut / 2" },
]
formula = "10 + 3 * x"
```

"#;

fn charted() -> String {
    SMALL.replace("```meaning", &format!("{CHART}```meaning"))
}

#[test]
fn a_chart_measures_what_no_sentence_speaks_of() {
    let lesson = Lesson::parse("01-small.md", &charted()).expect("a lesson");
    let chart = lesson.chart.as_ref().expect("a chart");
    let series = &chart.series[0];
    assert_eq!((chart.title.as_str(), chart.x_is_log, series.points.len()), ("Writes", false, 2));
    assert_eq!(
        series.points.iter().map(|point| series.formula.value(point.x)).collect::<Vec<_>>(),
        [Some(10.0), Some(13.0)]
    );
    let (name, window) = ("write.p50_ms".to_owned(), "watch".to_owned());
    let text = charted().replace("It took {write.p50_ms@watch}", "It took long");
    let lesson = Lesson::parse("01-small.md", &text).expect("a lesson");
    let record = perform(&lesson).expect("a performance");
    assert!(record.number(&lesson, &Measure { name, window }).is_some());
}

#[test]
fn problems_of_a_chart_are_told_with_line_and_place() {
    let text = charted();
    let first = text.lines().position(|line| line == "```chart").expect("a chart") + 1;
    let cases = [
        ("title = \"Writes\"\n", "", 0, "title: is missing; expected what the chart shows"),
        ("y = \"ms\"", "y = 3", 3, "y: expected text in quotes"),
        ("y = \"ms\"", "y = \"ms\"\ncolour = 1", 4, "colour: is no field here"),
        ("y = \"ms\"", "x_scale = \"round\"\ny = \"ms\"", 3, "x_scale: expected linear or log and found"),
        (
            "y = \"ms\"",
            "x_scale = \"log\"\ny = \"ms\"",
            9,
            "series[1].points[1].x: expected a number above 0 and above that of the point before",
        ),
        ("{ x = 1,", "{ x = 0,", 9, "series[1].points[2].x: expected a number above that"),
        ("{ x = 1,", "{ x = inf,", 9, "series[1].points[2].x: expected a number above that"),
        ("write.p50_ms@watch\" }", "write.p50_ms\" }", 8, "points[1].y: \"write.p50_ms\" is no measure"),
        ("write.p50_ms@watch\" }", "7\" }", 8, "points[1].y: expected a measure"),
        ("    { x = 1, y = \"write.max_ms@cut / 2\" },\n", "", 7, "expected at least two points and found 1"),
        ("10 + 3 * x", "10 + write.count@cut", 11, "formula: \"write.count@cut\" means nothing in a formula"),
        ("10 + 3 * x", "10 / x", 11, "series[1].formula: has no value at x = 0"),
        ("name = \"write\"", "name = \"a long name\"", 6, "series[1].name: expected at most 10 letters"),
    ];
    for (from, to, below, expected) in cases {
        let place = text.find("```chart").expect("a chart");
        let wrong = text[..place].to_owned() + &text[place..].replacen(from, to, 1);
        assert_ne!(wrong, text, "{from}");
        let told = Lesson::parse("01-small.md", &wrong).expect_err(to)[0].to_string();
        assert!(told.contains(expected), "{told}\n  should contain {expected}");
        assert!(
            told.contains(&format!("line {}:", first + below)),
            "{told}\n  should be {below} below {first}"
        );
    }
    let told = |text: &str| Lesson::parse("01-small.md", text).expect_err("a problem")[0].to_string();
    assert!(told(&text.replace("cut / 2", "cute / 2")).contains("write.max_ms@cute: no step has that name"));
    assert!(
        told(&text.replace("```meaning", &format!("{CHART}```meaning"))).contains("a lesson has one chart")
    );
    assert!(told(&text.replace("```chart", "So.\n\n```chart")).contains("prose stands above"));
}

/// Where a lesson draws a published formula, what its run measures lies on it: within a hundredth where only arithmetic
/// is between them, and within about two and a half standard errors where chance is.
#[test]
fn the_points_of_every_chart_lie_on_the_formula() {
    let mut charts = Vec::new();
    let allowed = [
        ("big-or-many", 0.01),
        // The mean of so many random arrivals; the operations that are under way at the end.
        ("batching", 0.015),
        // 85,000 requests at a load of 95 % give the mean to 14 %.
        ("busy-and-slow", 0.35),
        // A few outages of five machines in a year: give or take a third.
        ("a-year-in-a-minute", 0.8),
    ];
    for lesson in Lesson::all().0.into_iter().filter(|lesson| lesson.chart.is_some()) {
        let allowed = allowed.iter().find(|(slug, _)| *slug == lesson.slug).map_or(0.01, |(_, off)| *off);
        let record = perform(&lesson).expect(&lesson.slug);
        let series = lesson.chart.iter().flat_map(|chart| &chart.series);
        for (name, point, formula) in
            series.flat_map(|line| line.points.iter().map(|point| (&line.name, point, &line.formula)))
        {
            let measured =
                point.y.value(&|measure| record.number(&lesson, measure)).expect("a measured value");
            let wanted = formula.value(point.x).expect("a value of the formula");
            let off = (measured / wanted - 1.0).abs();
            assert!(off <= allowed, "{}: {name} at {}: {measured} for {wanted}", lesson.slug, point.x);
        }
        charts.push(lesson.slug);
    }
    assert_eq!(charts, ["big-or-many", "batching", "busy-and-slow", "a-year-in-a-minute"]);
}

#[test]
fn no_text_makes_the_parser_panic() {
    // Every prefix, and every line left out: the reader of a lesson's author types no other way.
    let text = charted();
    for end in (0..text.len()).step_by(7) {
        let _ = Lesson::parse("01-small.md", &text[..end]);
    }
    let lines: Vec<&str> = text.lines().collect();
    for left_out in 0..lines.len() {
        let mut lines = lines.clone();
        lines.remove(left_out);
        let _ = Lesson::parse("01-small.md", &lines.join("\n"));
    }
}
