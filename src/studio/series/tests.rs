//! The charts of a run, driven like a page.

use netsplit_scenario::Scenario;
use netsplit_scenario::model::{Client, Node, ProtocolChoice};
use netsplit_sim::action::Action;
use netsplit_sim::ids::NodeId;
use netsplit_sim::setup::{Mix, Pace, Position};

use super::*;
use crate::chart::reading::Legible;
use crate::dock::DockIntent;
use crate::intent::Intent;
use crate::studio::Preferences;

/// A page with the charts open, standing at the start of a run.
fn page() -> Studio {
    let base = "https://netsplit.example/";
    let mut studio =
        Studio::new(base, "#/lab", &Preferences { reduced_motion: true, ..Preferences::default() });
    studio.update(Intent::Dock(DockIntent::Opened(View::Charts)));
    studio
}

fn play_to(studio: &mut Studio, ms: u64) {
    while studio.now() < Time(ms * 1_000_000) {
        let to = studio.now() + Span::from_ms(10);
        studio.session.advance(to.min(Time(ms * 1_000_000)), u64::MAX);
    }
    studio.refresh();
}

fn mean(studio: &mut Studio, intent: SeriesIntent) -> Vec<Effect> {
    studio.update(Intent::Dock(DockIntent::Series(intent)))
}

fn show(studio: &mut Studio, chart: Chart) -> SeriesScene {
    mean(studio, SeriesIntent::Chose(chart));
    studio.series_scene().expect("the view is open")
}

#[test]
fn a_closed_view_costs_nothing_and_every_chart_of_an_open_one_is_sound() {
    let mut studio = page();
    studio.update(Intent::ChoseExample(1));
    for ms in [0, 1, 700] {
        play_to(&mut studio, ms);
        for width in [240.0, 340.0, 600.0, f64::NAN] {
            mean(&mut studio, SeriesIntent::Sized(width));
            for chart in Chart::ALL {
                let scene = show(&mut studio, chart);
                assert!(scene.rows.len() <= WINDOWS as usize + 2, "{chart:?}: {} rows", scene.rows.len());
                for panel in &scene.panels {
                    let (area, size) = (panel.area, scene.size);
                    assert!(
                        area.right > area.left
                            && area.bottom > area.top
                            && area.right <= size.0
                            && area.bottom <= size.1
                    );
                    let points = panel.lines.iter().flat_map(|(_, pieces)| pieces.iter().flatten());
                    for (x, y) in points {
                        assert!(*x >= area.left - 0.1 && *x <= area.right + 0.1, "{chart:?} {x}");
                        assert!(*y >= area.top - 0.1 && *y <= area.bottom + 0.1, "{chart:?} {y}");
                    }
                }
                assert_eq!(
                    scene.empty.is_some(),
                    scene.rows.iter().all(|row| row.values.iter().all(Option::is_none))
                );
                assert_axes_hold_every_value(&scene);
                for row in 0..scene.rows.len() {
                    assert!(scene.reading(row).is_some_and(|reading| !reading.text.is_empty()));
                    assert_eq!(scene.find(scene.id(row)), Some(row));
                }
            }
        }
    }
    let measured = studio.series.kept.measured;
    studio.update(Intent::Dock(DockIntent::Opened(View::Charts)));
    assert_eq!(studio.series_scene(), None);
    assert_eq!(studio.series.kept.measured, measured);
}

/// The upper end of an axis is a tick, and no value lies beyond it.
fn assert_axes_hold_every_value(scene: &SeriesScene) {
    for (place, column) in scene.columns.iter().enumerate() {
        let Some((panel, _)) = column.drawn else { continue };
        let top =
            scene.panels[panel].up.iter().filter_map(|tick| tick.text.replace(',', "").parse::<f64>().ok());
        let top = top.fold(0.0, f64::max);
        let most = scene.rows.iter().filter_map(|row| row.values[place]).fold(0.0, f64::max);
        // A logarithmic axis may have only powers of ten for ticks.
        let beyond = if scene.chart == Chart::Latency { 10.0 * top } else { top };
        assert!(most <= beyond + 1e-3, "{:?}: {most} on an axis up to {top}", scene.chart);
    }
}

#[test]
fn the_windows_add_up_to_the_run() {
    let mut studio = page();
    play_to(&mut studio, 800);
    let scene = show(&mut studio, Chart::Latency);
    let counted: u64 = scene.rows.iter().map(|row| row.count).sum();
    assert_eq!(counted, studio.session.metrics().points().len() as u64);
    let most = scene.rows.iter().filter_map(|row| row.values[1]).fold(0.0, f64::max);
    let exact = studio.session.metrics().points().iter();
    let exact = exact.filter(|point| point.outcome == netsplit_scenario::metrics::Ended::Success);
    assert!((most - exact.map(|point| point.latency_ms).fold(0.0, f64::max)).abs() < 1e-6);
    let sent: u64 = show(&mut studio, Chart::Traffic).rows.iter().map(|row| row.count).sum();
    let totals = studio.session.machine().totals();
    assert_eq!(sent, totals.messages);
    let all = studio.session.metrics().traffic(Time::ZERO, Time::MAX);
    assert_eq!((all.messages, all.bytes), (totals.messages, totals.bytes));
    // The whole time of a window counts, whether or not anything was sent in it.
    let scene = show(&mut studio, Chart::Traffic);
    let seconds = scene.step as f64 / 1e9;
    let first = &scene.rows[0];
    assert_eq!(first.values[0], Some(first.count as f64 / seconds));
}

#[test]
fn what_is_over_is_measured_once_and_another_past_anew() {
    let mut studio = page();
    mean(&mut studio, SeriesIntent::ChoseReach(Reach::Second));
    play_to(&mut studio, 1_500);
    let before = show(&mut studio, Chart::Latency);
    let measured = studio.series.kept.measured;
    play_to(&mut studio, 1_510);
    let after = studio.series_scene().expect("open");
    let more = studio.series.kept.measured - measured;
    assert!(more <= 3, "{more} windows were measured anew");
    let kept = |row: &&Row| before.rows.iter().any(|old| (old.id, &old.values) == (row.id, &row.values));
    assert!(after.rows.iter().filter(kept).count() > 30, "the windows that are over stay what they were");
    // Back, another past, and on: nothing of the old run is left.
    studio.update(Intent::Scrubbed(Time(1_000_000_000)));
    studio.update(Intent::Did(Action::Crash(NodeId(0))));
    play_to(&mut studio, 1_510);
    let crashed = studio.series_scene().expect("open");
    studio.series.kept.forget();
    assert_eq!(studio.series_scene(), Some(crashed.clone()), "as measured from scratch");
    assert!(crashed.rows.iter().any(|row| row.trouble == "n1 down"));
    assert!(crashed.keys.iter().any(|key| matches!(key, Key::Band(crate::timebar::Trouble::Down, _))));
}

#[test]
fn nothing_measured_is_a_gap_and_never_zero() {
    let mut studio = page();
    play_to(&mut studio, 300);
    studio.update(Intent::Did(Action::Crash(NodeId(0))));
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    studio.update(Intent::Did(Action::Crash(NodeId(2))));
    play_to(&mut studio, 900);
    let scene = show(&mut studio, Chart::Latency);
    let gap = scene.rows.iter().position(|row| row.count == 0).expect("a window in which nothing ended");
    assert_eq!(scene.rows[gap].values, [None, None]);
    assert_eq!(number(None, "ms"), "–");
    assert!(scene.reading(gap).expect("a window").text.contains("nothing measured"));
    // Which the file says too: two empty fields, and no nought.
    let effects = mean(&mut studio, SeriesIntent::SavedNumbers);
    let Some(Effect::Save { name, text }) = effects.first() else { panic!("a file: {effects:?}") };
    assert_eq!(name, "netsplit-latency.csv");
    assert_eq!(text.lines().count(), scene.rows.len() + 1);
    assert!(text.starts_with("from_ms,to_ms,operations,p50 (ms),p99 (ms)\r\n"), "{text}");
    assert!(text.lines().nth(gap + 1).is_some_and(|line| line.ends_with(",0,,")), "{text}");
}

#[test]
fn a_dot_is_read_and_names_its_operation() {
    let mut studio = page();
    play_to(&mut studio, 200);
    let scene = show(&mut studio, Chart::Latency);
    let dot = scene.panels[0].dots[3].clone();
    let place = scene.nearest(dot.x, dot.y).expect("something is there");
    let reading = scene.reading(place).expect("it reads");
    let op = reading.op.expect("an operation");
    let hit = scene.panels[0].dots.iter().find(|dot| dot.op == op).expect("it is in the chart");
    assert!((hit.x - dot.x).abs() < 1e-9 && (hit.y - dot.y).abs() < 1e-9, "or one that covers it");
    // From a dot the arrow keys go on at its window, and a window leads to its slowest operation.
    let row = scene.step(Some(place), 0).expect("a window");
    assert!(row < scene.rows.len());
    let slowest = scene.reading(row).and_then(|reading| reading.op).expect("an operation succeeded");
    studio.update(Intent::Selected(Some(Selected::Operation(slowest))));
    let scene = studio.series_scene().expect("open");
    let selected: Vec<_> = scene.panels[0].dots.iter().filter(|dot| dot.selected).collect();
    assert_eq!((selected.len(), selected[0].op), (1, slowest));
}

/// A single server that takes 10 ms for each of 60 operations a second, at the clients' place.
fn queue() -> Scenario {
    let at = Position { x_km: 0, y_km: 0 };
    let server = Node { service: Span::from_ms(10), service_varies: true, ..Node::new("n1", at) };
    let client = Client {
        pace: Pace::Open { per_second: 60.0 },
        mix: Mix { read: 1, write: 0, cas: 0, ..Mix::default() },
        ..Client::new("c1", at)
    };
    Scenario {
        protocol: ProtocolChoice { name: "single".to_owned(), parameters: [].into() },
        nodes: vec![server],
        clients: vec![client],
        ..Scenario::default()
    }
}

#[test]
fn formulas_stand_where_they_apply_with_their_inputs_and_nowhere_else() {
    let mut studio = page();
    assert!(studio.load(queue()));
    play_to(&mut studio, 60_000);
    let scene = show(&mut studio, Chart::Queue);
    let [line] = scene.formulas.as_slice() else { panic!("one formula: {:?}", scene.formulas) };
    assert!((line.value - 0.36 / 0.4).abs() < 1e-9 && line.text.contains("M/M/1"), "{line:?}");
    assert!(line.text.contains("60") && line.text.contains("10.0 ms"), "{line:?}");
    // The run agrees, as well as a minute of it can.
    let means: Vec<f64> = scene.rows.iter().filter_map(|row| row.values[0]).collect();
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    assert!((mean / line.value - 1.0).abs() < 0.35, "{mean} for {}", line.value);
    let load = show(&mut studio, Chart::Utilisation).formulas;
    assert!((load[0].value - 60.0).abs() < 1e-9);
    let asked = show(&mut studio, Chart::Throughput).formulas;
    assert!((asked[0].value - 60.0).abs() < 1e-9);
    assert!(show(&mut studio, Chart::Staleness).formulas.is_empty());
    studio.update(Intent::Did(Action::Slow(NodeId(0), 2)));
    for chart in Chart::ALL {
        assert!(
            show(&mut studio, chart).formulas.is_empty(),
            "{chart:?}: what was changed is not what they are about"
        );
    }
}

#[test]
fn a_picture_needs_nothing_beside_itself() {
    let mut studio = page();
    studio.update(Intent::ChoseExample(1));
    play_to(&mut studio, 500);
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    play_to(&mut studio, 700);
    for chart in Chart::ALL {
        show(&mut studio, chart);
        let effects = mean(&mut studio, SeriesIntent::SavedPicture);
        let Some(Effect::Save { text, .. }) = effects.first() else { panic!("a file: {effects:?}") };
        assert!(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && text.ends_with("</svg>\n"));
        for outside in ["href", "url(", "var(", "NaN", "inf"] {
            assert!(!text.contains(outside), "{chart:?} has {outside}");
        }
        let opened = text.matches("<g").count();
        assert_eq!(opened, text.matches("</g>").count());
    }
}

#[test]
fn through_the_eyes_of_a_node_only_its_own_work_is_seen() {
    let mut studio = page();
    play_to(&mut studio, 300);
    show(&mut studio, Chart::Latency);
    studio.attention.eyes = Some(NodeId(1));
    let scene = studio.series_scene().expect("open");
    assert_eq!((scene.chart, scene.panels.len()), (Chart::Queue, 1));
    assert_eq!(scene.choices, [Chart::Queue, Chart::Utilisation]);
    assert_eq!(scene.panels[0].title, "n2");
    assert!(scene.rows.iter().all(|row| row.values.len() == 2));
    assert!(mean(&mut studio, SeriesIntent::SavedOperations).is_empty());
}

#[test]
fn a_long_run_costs_its_last_window() {
    let mut studio = page();
    let mut scenario = queue();
    scenario.nodes[0].service = Span::ZERO;
    scenario.clients[0].pace = Pace::Open { per_second: 2_000.0 };
    assert!(studio.load(scenario));
    play_to(&mut studio, 20_000);
    assert!(studio.session.metrics().points().len() > 35_000);
    let scene = show(&mut studio, Chart::Latency);
    let dots = scene.panels[0].dots.len();
    assert!(dots <= 26 * scene.rows.len(), "{dots} dots");
    assert!(scene.says.contains("have a dot"), "{}", scene.says);
    let measured = studio.series.kept.measured;
    play_to(&mut studio, 20_100);
    assert!(studio.series_scene().is_some());
    assert!(studio.series.kept.measured <= measured + 2);
}
