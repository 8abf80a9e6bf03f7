//! Faults, commands and operations by hand, other protocols, and what is inside: driven like a page.

use netsplit_scenario::model::StepAction;
use netsplit_sim::action::{Action, Lie};
use netsplit_sim::frame::Status;
use netsplit_sim::history::{Call, CallKind};
use netsplit_sim::ids::{ClientId, Key, MessageId, NodeId, Value};
use netsplit_sim::protocol::Fault;
use netsplit_sim::setup::Pace;

use super::{c, frames, n, press, press_item, push, script, studio};
use crate::controls::{Entry, Field};
use crate::geometry::Point;
use crate::intent::{Effect, Intent, StageKey};
use crate::menu::Does;
use crate::stage::Target;
use crate::studio::{Studio, Tone};

/// A page that stands in the middle of a run, with a message far from every node.
fn with_a_message() -> (Studio, MessageId, Point) {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    for _ in 0..200 {
        frames(&mut studio, 20);
        let mut flights = Vec::new();
        studio.flights(&mut flights);
        let sites = studio.stage();
        let far = |at: Point| {
            sites.nodes.iter().all(|node| node.at.distance(at) > 60.0)
                && sites.clients.iter().all(|client| client.at.distance(at) > 60.0)
        };
        if let Some(flight) = flights.iter().find(|flight| flight.message.is_some() && far(flight.at)) {
            let (message, at) = (flight.message.expect("it is on its way"), flight.at);
            return (studio, message, at);
        }
    }
    panic!("four seconds of the page without a message between nodes");
}

fn flight_is_held(studio: &Studio, message: MessageId) -> Option<bool> {
    let flights = &studio.frame().flights;
    flights.iter().find(|flight| flight.message == message).map(|flight| flight.held.is_some())
}

#[test]
fn a_message_is_pressed_held_and_released() {
    let (mut studio, message, at) = with_a_message();
    let beside = Point::new(at.x + 7.0, at.y - 6.0);
    press(&mut studio, None, beside);
    assert!(!studio.is_playing(), "a message that is pressed waits");
    studio.update(Intent::Released(beside));
    let menu = studio.menu().expect("its menu is open");
    assert_eq!(menu.target, Target::Message(message));
    let names: Vec<_> = menu.items.iter().map(|item| item.name).collect();
    assert_eq!(names, ["hold", "drop", "duplicate"]);
    assert!(menu.facts.iter().any(|(name, value)| name == "way" && value.contains(" to ")), "{menu:?}");
    press_item(&mut studio, "hold", 0);
    assert!(studio.is_playing(), "and the run goes on when the menu has closed");
    assert_eq!(flight_is_held(&studio, message), Some(true));
    frames(&mut studio, 3_000);
    let place = studio.place_of_message(message).expect("still there");
    assert!(place.distance(at) < 3.0, "where it was held");
    assert!(matches!(script(&studio)[..], [StepAction::HoldMessage { .. }]));
    studio.update(Intent::OpenedMenu(Target::Message(message)));
    press_item(&mut studio, "release", 0);
    frames(&mut studio, 3_000);
    assert_eq!(flight_is_held(&studio, message), None, "it arrived");
    studio.update(Intent::Undid);
    frames(&mut studio, 1_000);
    assert_eq!(flight_is_held(&studio, message), Some(true), "undo holds it again");
}

#[test]
fn a_message_is_dropped_and_undo_brings_it_back() {
    let (mut studio, message, at) = with_a_message();
    studio.update(Intent::ToggledPlay);
    let hash = studio.session().hash();
    press(&mut studio, None, at);
    studio.update(Intent::Released(at));
    press_item(&mut studio, "drop", 0);
    assert!(!studio.is_playing(), "a run that stood still stands still");
    assert_eq!(flight_is_held(&studio, message), None);
    studio.update(Intent::Undid);
    frames(&mut studio, 200);
    assert_eq!(flight_is_held(&studio, message), Some(false));
    assert_eq!(studio.session().hash(), hash);
}

#[test]
fn a_swipe_that_begins_on_a_message_is_a_swipe_and_the_run_goes_on() {
    let (mut studio, _, at) = with_a_message();
    press(&mut studio, None, at);
    studio.update(Intent::Moved(Point::new(at.x + 40.0, at.y)));
    assert!(studio.is_playing() && studio.menu().is_none());
    studio.update(Intent::Released(Point::new(at.x + 40.0, at.y)));
    assert!(studio.menu().is_none());
}

#[test]
fn a_site_under_the_pointer_comes_before_a_message() {
    let (mut studio, _, at) = with_a_message();
    press(&mut studio, Some(Target::Site(n(1))), at);
    studio.update(Intent::Released(at));
    assert!(studio.menu().is_none() && studio.is_playing());
}

#[test]
fn a_menu_of_a_message_closes_when_it_has_arrived() {
    let (mut studio, message, _) = with_a_message();
    studio.update(Intent::OpenedMenu(Target::Message(message)));
    assert!(!studio.is_playing());
    for _ in 0..2_000 {
        studio.update(Intent::Stepped);
        if flight_is_held(&studio, message).is_none() {
            break;
        }
    }
    assert!(studio.menu().is_none());
}

#[test]
fn the_list_of_messages_has_the_same_menu_by_keyboard() {
    let (mut studio, message, _) = with_a_message();
    studio.update(Intent::ToggledPlay);
    studio.update(Intent::LookedInto(None));
    let inside = studio.inside().expect("the panel is open");
    assert!(inside.messages.iter().any(|row| row.message == message), "{:?}", inside.messages);
    let other = inside.messages.len();
    push(&mut studio, Target::Message(message), StageKey::Menu);
    assert_eq!(studio.menu().expect("open").target, Target::Message(message));
    press_item(&mut studio, "duplicate", 0);
    assert_eq!(studio.inside().expect("open").messages.len(), other + 1);
}

#[test]
fn a_node_loses_its_disk_and_comes_back_with_nothing() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 8_000);
    studio.update(Intent::ToggledPlay);
    assert!(!studio.frame().nodes[1].replica.keys.is_empty());
    studio.update(Intent::OpenedMenu(Target::Site(n(2))));
    press_item(&mut studio, "wipe", 0);
    assert_eq!(studio.frame().nodes[1].status, Status::Down);
    assert!(studio.frame().nodes[1].replica.keys.is_empty(), "its disk is empty");
    assert!(studio.bands().iter().any(|band| band.text == "n2 down"));
}

#[test]
fn a_nodes_clock_speed_and_honesty_are_set_from_its_menu() {
    let mut studio = studio();
    let mut set = |control: &str, value: f64| {
        let on = Target::Site(n(2));
        studio.update(Intent::EnteredOn { on, control: control.to_owned(), entry: Entry::Number(value) });
        studio.frame().nodes[1].clone()
    };
    assert_eq!(set("skew_ms", -20.0).clock_ahead_ns, -20_000_000);
    assert_eq!(set("drift_ppm", 250.0).clock_drift_ppm, 250);
    assert_eq!(set("slow", 7.0).slow, 7);
    assert_eq!(set("slow", 0.0).slow, 1, "nothing is quicker than normal");
    assert!(set("drift_ppm", 1e9).clock_drift_ppm == 500_000);
    studio.update(Intent::OpenedMenu(Target::Site(n(2))));
    press_item(&mut studio, "two-faced", 0);
    assert_eq!(studio.frame().nodes[1].lie, Some(Lie::TwoFaced));
    assert!(studio.stage().nodes[1].badge.contains("lies"));
    studio.update(Intent::OpenedMenu(Target::Site(n(2))));
    press_item(&mut studio, "honest", 0);
    assert_eq!(studio.frame().nodes[1].lie, None);
    studio.update(Intent::OpenedMenu(Target::Site(n(2))));
    press_item(&mut studio, "clock-right", 0);
    assert_eq!(studio.frame().nodes[1].clock_ahead_ns, 0);
    assert!(studio.notices().is_empty(), "{:?}", studio.notices());
}

#[test]
fn a_link_gets_a_quality_of_its_own_and_gives_it_back() {
    let mut studio = studio();
    let link = Target::Link(n(1), n(2));
    let of =
        |studio: &Studio| *studio.frame().links.iter().find(|l| (l.a, l.b) == (n(1), n(2))).expect("a link");
    let before = of(&studio).floor;
    for (control, value) in [("base_ms", 20.0), ("loss", 12.0), ("reorder", 5.0), ("stretch", 2.0)] {
        let entry = Entry::Number(value);
        studio.update(Intent::EnteredOn { on: link, control: control.to_owned(), entry });
    }
    let quality = of(&studio).quality;
    assert!((quality.loss - 0.12).abs() < 1e-9 && (quality.reorder - 0.05).abs() < 1e-9);
    assert!(of(&studio).floor.as_ms() > before.as_ms() + 20.0, "the floor rises with it");
    studio.update(Intent::OpenedMenu(link));
    press_item(&mut studio, "as-network", 0);
    assert_eq!(of(&studio).floor, before);
    assert_eq!(studio.frame().links[1].quality.loss.to_bits(), 0.0f64.to_bits(), "the others never changed");
}

#[test]
fn random_faults_are_steps_and_one_undo_takes_them_all_back() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 1_000);
    studio.update(Intent::ToggledPlay);
    studio.update(Intent::ToggledFault(Fault::Pause));
    studio.update(Intent::ToggledFault(Fault::Cut));
    let rate = Intent::Entered { control: "plan_rate".into(), entry: Entry::Number(2_000.0), done: true };
    studio.update(rate);
    assert!(script(&studio).is_empty(), "the form alone changes nothing");
    let chosen = |studio: &Studio| -> Vec<Fault> {
        let plan = studio.lab().plan;
        plan.kinds.iter().filter(|kind| kind.chosen).map(|kind| kind.fault).collect()
    };
    assert_eq!(chosen(&studio), [Fault::Crash, Fault::Pause]);
    studio.update(Intent::AddedFaults);
    let steps = script(&studio).len();
    assert!(steps > 40, "{steps} steps of two kinds at 2,000 a minute for two seconds");
    let ordinary = |step: &StepAction| {
        matches!(
            step,
            StepAction::Crash { .. }
                | StepAction::Restart { .. }
                | StepAction::Pause { .. }
                | StepAction::Resume { .. }
        )
    };
    assert!(script(&studio).iter().copied().all(ordinary), "{:?}", script(&studio));
    assert!(studio.bands().len() > 10, "the time bar shows them");
    studio.update(Intent::Undid);
    assert!(script(&studio).is_empty());
    studio.update(Intent::Redid);
    assert_eq!(script(&studio).len(), steps);
}

#[test]
fn every_protocol_runs_under_the_same_faults_and_can_be_looked_into() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 500);
    studio.update(Intent::Did(Action::Crash(NodeId(1))));
    frames(&mut studio, 1_500);
    studio.update(Intent::LookedInto(Some(NodeId(0))));
    let (seed, nodes) = (studio.session().scenario().seed, studio.session().scenario().nodes.clone());
    for pick in studio.lab().gallery {
        let now = studio.now();
        let before = studio.about().id;
        studio.update(Intent::ChoseProtocol(pick.id));
        frames(&mut studio, 2_000);
        assert_eq!(studio.about().id, pick.id);
        assert!(studio.now() >= now, "the run goes on");
        assert_eq!(studio.session().scenario().seed, seed);
        assert_eq!(studio.session().scenario().nodes, nodes);
        assert!(matches!(script(&studio)[..], [StepAction::Crash { .. }]), "{:?}", script(&studio));
        let bad = studio.notices().iter().find(|notice| notice.tone == Tone::Bad);
        assert!(bad.is_none(), "{}: {bad:?}", pick.id);
        let inside = studio.inside().expect("the panel is open");
        assert!(inside.replica.is_some_and(|replica| !replica.role.is_empty()), "{}", pick.id);
        let lab = studio.lab();
        assert!(!lab.choosing && lab.contract.faults.len() == Fault::ALL.len());
        assert_eq!(lab.parameters.len(), studio.about().parameters.len());
        if before != pick.id {
            studio.update(Intent::Undid);
            assert_eq!(studio.about().id, before, "one undo");
            studio.update(Intent::Redid);
            frames(&mut studio, 200);
        }
    }
}

#[test]
fn steps_that_the_new_protocol_does_not_know_are_named() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 500);
    let acks = Intent::Entered { control: "acks".into(), entry: Entry::Number(0.0), done: true };
    studio.update(acks);
    assert!(matches!(script(&studio)[..], [StepAction::Configure { .. }]));
    studio.update(Intent::ChoseProtocol("quorum"));
    let notice = studio.notices().last().expect("it says so").clone();
    assert!(notice.text.contains("set acks to 0"), "{}", notice.text);
    assert!(script(&studio).is_empty());
    studio.update(Intent::Undid);
    assert_eq!(script(&studio).len(), 1);
}

#[test]
fn the_contract_follows_the_parameters() {
    let mut studio = studio();
    let synchronous = studio.lab().contract;
    assert_eq!(synchronous.writes, "all 3 nodes");
    let acks = Intent::Entered { control: "acks".into(), entry: Entry::Number(0.0), done: true };
    studio.update(acks);
    let asynchronous = studio.lab().contract;
    assert_eq!(asynchronous.writes, "the primary alone");
}

/// What every protocol can be asked by hand is what it says that it carries out.
#[test]
fn a_client_offers_what_the_protocol_carries_out() {
    let mut studio = studio();
    for pick in studio.lab().gallery {
        studio.update(Intent::ChoseProtocol(pick.id));
        let calls = studio.calls();
        studio.update(Intent::OpenedMenu(Target::Site(c(1))));
        let menu = studio.menu().expect("open");
        for kind in CallKind::ALL {
            let offered = menu.items.iter().any(|item| item.name == kind.name());
            // There is nothing to take out of an empty set.
            let expected = calls.contains(&kind) && kind != CallKind::Remove;
            assert_eq!(offered, expected, "{} by {}", kind.name(), pick.id);
        }
        let lab = studio.lab();
        let shown = |name: &str| lab.workload.iter().any(|control| control.name == name);
        let folded = |name: &str| lab.refused.iter().any(|control| control.name == name);
        for kind in CallKind::ALL {
            let name = format!("mix_{}", kind.name());
            assert_eq!(
                (shown(&name), folded(&name)),
                (calls.contains(&kind), !calls.contains(&kind)),
                "{name}"
            );
        }
    }
}

#[test]
fn a_number_is_added_to_by_hand() {
    let mut studio = studio();
    let adds = studio.lab().gallery.iter().map(|pick| pick.id).find(|id| {
        studio.update(Intent::ChoseProtocol(id));
        studio.calls().contains(&CallKind::Add)
    });
    assert!(adds.is_some(), "some protocol adds");
    (0..3)
        .for_each(|client| drop(studio.update(Intent::Did(Action::SetPace(ClientId(client), Pace::Silent)))));
    studio.update(Intent::OpenedMenu(Target::Site(c(2))));
    press_item(&mut studio, "add", 1);
    let last = studio.session().machine().history().operations.last().expect("an operation").call;
    assert_eq!(last, Call::Add { key: Key(0), amount: 10 });
    assert!(matches!(script(&studio).last(), Some(StepAction::Add { amount: 10, .. })));
}

#[test]
fn what_a_protocol_can_be_told_is_in_the_menu_of_its_nodes() {
    let mut studio = studio();
    for pick in studio.lab().gallery {
        studio.update(Intent::ChoseProtocol(pick.id));
        let commands = studio.about().commands.clone();
        studio.update(Intent::OpenedMenu(Target::Site(n(1))));
        let menu = studio.menu().expect("open");
        for (place, command) in commands.iter().enumerate() {
            let group = menu.groups.iter().find(|group| group.name == "commands").expect("commands");
            let item = group.items.iter().find(|item| item.name == command.id).expect(command.id);
            let told = match &item.does {
                Does::One(intent) => intent.clone(),
                Does::OneOf(choices) => choices[0].1.clone(),
                Does::Nothing => panic!("it is locked"),
            };
            let target = command.target.then_some(NodeId(1));
            assert_eq!(told, Intent::Did(Action::Command(NodeId(0), place as u8, target)));
            studio.update(told);
            let bad = studio.notices().iter().find(|notice| notice.tone == Tone::Bad);
            assert!(bad.is_none(), "{} of {}: {bad:?}", command.id, pick.id);
            assert!(matches!(script(&studio).last(), Some(StepAction::Command { .. })));
        }
    }
}

#[test]
fn what_protocols_note_is_marked_and_listed_and_going_back_takes_it_away() {
    let mut studio = studio();
    let noting = studio.lab().gallery.iter().map(|pick| pick.id).find(|id| {
        studio.update(Intent::ChoseProtocol(id));
        studio.update(Intent::Scrubbed(netsplit_sim::time::Time::ZERO));
        studio.update(Intent::ChoseSpeed(15));
        studio.update(Intent::ToggledPlay);
        frames(&mut studio, 1_500);
        studio.update(Intent::ToggledPlay);
        studio.noted().iter().any(|mark| mark.at > netsplit_sim::time::Time::ZERO)
    });
    assert!(noting.is_some(), "some protocol notes something in a calm run");
    studio.update(Intent::LookedInto(None));
    let marks = studio.noted();
    let happened = studio.inside().expect("open").happened;
    let first = happened.last().expect("listed too");
    assert!(first.text.contains(": "), "{}", first.text);
    studio.update(Intent::Scrubbed(netsplit_sim::time::Time::ZERO));
    frames(&mut studio, 100);
    let after = studio.noted();
    assert!(after.iter().all(|mark| mark.at == netsplit_sim::time::Time::ZERO), "{after:?}");
    let end = studio.session().horizon();
    studio.update(Intent::Scrubbed(end));
    frames(&mut studio, 1_000);
    assert_eq!(studio.noted(), marks, "and going forward again shows each once");
}

#[test]
fn two_writes_that_knew_nothing_of_each_other_are_both_seen_and_told() {
    let mut studio = studio();
    // Whichever protocol and choice keeps siblings: found by trying, so that nothing here knows one.
    let Some((node, ops)) = find_siblings(&mut studio) else {
        panic!("no registered protocol keeps two values after writes on both sides of a cut")
    };
    studio.update(Intent::LookedInto(Some(node)));
    let replica = studio.inside().and_then(|inside| inside.replica).expect("a replica");
    let chips: Vec<_> = replica.keys.iter().flat_map(|row| &row.values).map(|chip| chip.op).collect();
    assert!(ops.iter().all(|op| chips.contains(op)), "{chips:?}");
    let mark = studio.stage().nodes[node.index()].clone();
    assert!(mark.hues.len() >= 2 && mark.value.ends_with(" values"), "{mark:?}");
    let said = studio.update(Intent::PointedAtWrite(ops[0]));
    assert!(matches!(&said[..], [Effect::Announce(text)] if text.contains("write")), "{said:?}");
    let told = studio.inside().and_then(|inside| inside.replica).expect("a replica").told;
    assert!(told.len() >= 2 && told[1].starts_with("Concurrent with it: c"), "{told:?}");
    let lit = studio.pointed_writes();
    assert!(ops.iter().all(|op| lit.contains(op)), "both operations are lit");
    studio.update(Intent::PointedAtWrite(ops[0]));
    assert!(studio.pointed_writes().is_empty(), "pressed again, it lets go");
}

/// A node that has siblings after a write on each side of a cut, and the operations that wrote them.
fn find_siblings(studio: &mut Studio) -> Option<(NodeId, Vec<netsplit_sim::ids::OpId>)> {
    for pick in studio.lab().gallery {
        studio.update(Intent::ChoseProtocol(pick.id));
        let choices = studio.lab().parameters;
        for control in std::iter::once(None).chain(choices.iter().map(Some)) {
            let values: Vec<String> = match control.map(|control| &control.field) {
                Some(Field::Choice { of, .. }) => of.iter().map(|(id, _)| id.clone()).collect(),
                Some(Field::Number { .. }) => continue,
                None => vec![String::new()],
            };
            for value in values {
                studio.update(Intent::ChoseExample(0));
                studio.update(Intent::ChoseProtocol(pick.id));
                if let Some(control) = control {
                    let entry = Entry::Choice(value);
                    studio.update(Intent::Entered { control: control.name.clone(), entry, done: true });
                }
                for quorum in ["w", "r"] {
                    if studio.lab().parameters.iter().any(|control| control.name == quorum) {
                        let entry = Entry::Number(1.0);
                        studio.update(Intent::Entered { control: quorum.into(), entry, done: true });
                    }
                }
                if let Some(found) = write_on_both_sides(studio) {
                    return Some(found);
                }
            }
        }
    }
    None
}

fn write_on_both_sides(studio: &mut Studio) -> Option<(NodeId, Vec<netsplit_sim::ids::OpId>)> {
    if !studio.calls().contains(&CallKind::Write) {
        return None;
    }
    let mut act = |action| drop(studio.update(Intent::Did(action)));
    (0..3).for_each(|client| act(Action::SetPace(ClientId(client), Pace::Silent)));
    act(Action::Partition(vec![vec![n(1), c(1)], vec![n(2), c(2)], vec![n(3), c(3)]]));
    for client in [0, 1] {
        act(Action::Operate(ClientId(client), Call::Write { key: Key(0), value: Value::FRESH }));
    }
    studio.update(Intent::ChoseSpeed(14));
    for healed in [false, true] {
        if healed {
            studio.update(Intent::Did(Action::HealAll));
            studio.update(Intent::Did(Action::Operate(ClientId(0), Call::Read { key: Key(0) })));
        }
        if !studio.is_playing() {
            studio.update(Intent::ToggledPlay);
        }
        frames(studio, 3_000);
        studio.update(Intent::ToggledPlay);
    }
    let nodes = &studio.frame().nodes;
    let node = nodes.iter().find(|node| node.replica.keys.len() >= 2)?;
    Some((node.id, node.replica.keys.iter().map(|held| held.op).collect()))
}
