//! The whole command, as a function from words and files to an answer.

use serde_json::Value;

use crate::perform;
use crate::reply::Reply;

const SCENARIO: &str = "\
title = \"A cut\"
seed = 3
[protocol]
name = \"quorum\"
[[nodes]]
name = \"n1\"
[[nodes]]
name = \"n2\"
x_km = 1000
[[nodes]]
name = \"n3\"
y_km = 700
[[clients]]
name = \"c1\"
pace = { kind = \"closed\", think_ms = 5 }
[[script]]
at_ms = 500
action = \"isolate\"
site = \"n3\"
";

const HOLDS: &str = "\
{\"process\":0,\"f\":\"write\",\"key\":\"x\",\"value\":1,\"out\":null,\"call\":0,\"return\":1,\"ok\":true}
{\"process\":1,\"f\":\"read\",\"key\":\"x\",\"value\":null,\"out\":1,\"call\":2,\"return\":3,\"ok\":true}
";

fn netsplit(words: &[&str]) -> Reply {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    perform(&words, &|name| {
        Ok(match name {
            "a.toml" => Some(SCENARIO.to_owned()),
            "bad.toml" => Some(SCENARIO.replace("quorum", "paxos").replace("x_km", "x")),
            "holds.jsonl" => Some(HOLDS.to_owned()),
            "stale.edn" | "folder/stale.edn" => Some(EDN.to_owned()),
            "folder/holds.jsonl" => Some(HOLDS.to_owned()),
            "said.json" => Some(
                "{\"holds\": true, \"stale\": {\"linearizable\": true, \"sequential\": true}}".to_owned(),
            ),
            "odd.json" => Some("{\"holds\": 1}".to_owned()),
            "broken.jsonl" => Some(HOLDS.replace("\"out\":1", "\"out\":null")),
            "bad.jsonl" => Some("{\"process\":0}".to_owned()),
            "secret" => return Err("secret can't be read: permission denied\n".to_owned()),
            _ => None,
        })
    })
}

fn json(reply: &Reply) -> Value {
    assert_eq!(reply.error, "");
    serde_json::from_str(&reply.out).expect("JSON")
}

#[test]
fn a_run_is_measured_and_judged() {
    let reply = netsplit(&["run", "a.toml", "--json"]);
    assert_eq!(reply.code, 0);
    let report = json(&reply);
    assert_eq!((&report["time_ns"], &report["seed"]), (&10_000_000_000u64.into(), &3.into()));
    assert_eq!(report["hash"].as_str().map(str::len), Some(16));
    assert!(report["metrics"]["write.p50_ms"].as_f64().expect("measured") > 3.0);
    assert_eq!(report["metrics"]["availability"], 1.0);
    assert_eq!(report["metrics"]["cas.p50_ms"], Value::Null);
    let verdict = &report["verdicts"][0];
    assert_eq!((&verdict["name"], &verdict["state"]), (&"linearizable".into(), &"holds".into()));
    assert_eq!(netsplit(&["run", "a.toml", "--json"]), reply);
    let other = json(&netsplit(&["run", "a.toml", "--json", "--seed", "4", "--until", "1.5s"]));
    assert_ne!(other["hash"], report["hash"]);
    assert_eq!(other["time_ns"], 1_500_000_000u64);
}

#[test]
fn a_run_for_people_is_a_table() {
    let reply = netsplit(&["run", "a.toml", "--until", "1s"]);
    assert_eq!((reply.code, reply.error.as_str()), (0, ""));
    assert!(
        reply
            .out
            .starts_with("A cut\n\n  protocol  Leaderless quorums\n  seed      3\n  time      1000 ms\n")
    );
    let line = reply.out.lines().find(|line| line.contains("availability ")).expect("a line");
    assert!(line.contains("100.00  %"), "{line}");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert!(reply.out.lines().any(|line| words(line) == ["linearizable", "holds"]));
    assert!(reply.out.lines().all(|line| line.trim_end() == line));
}

#[test]
fn a_link_is_the_same_run_and_its_hash_is_verified() {
    let link = netsplit(&["link", "a.toml"]).out;
    let link = link.trim();
    assert!(link.starts_with("1.") && link.len() < 600, "{}", link.len());
    let report = json(&netsplit(&["run", link, "--json"]));
    assert_eq!(report["replay"], "verified");
    assert_eq!(report["hash"], json(&netsplit(&["run", "a.toml", "--json"]))["hash"]);
    let address = format!("https://example.org/netsplit/#{link}");
    assert_eq!(json(&netsplit(&["run", &address, "--json", "--seed", "9"]))["replay"], Value::Null);
    let text = netsplit(&["text", link]);
    assert!(text.out.starts_with("# Shared at 10000 ms, where the hash of the run is "));
    assert!(text.out.contains("\ntitle = \"A cut\"\n") && text.out.contains("\naction = \"isolate\"\n"));
}

#[test]
fn a_link_and_its_json_are_the_same_run() {
    let link = netsplit(&["link", "a.toml", "--until", "250ms"]).out;
    let as_json = netsplit(&["text", link.trim(), "--json"]).out;
    let link_run = json(&netsplit(&["run", link.trim(), "--json"]));
    assert_eq!(link_run["time_ns"], 250_000_000);
    let read = |name: &str| Ok((name == "pair.json").then(|| as_json.clone()));
    let words: Vec<String> =
        ["run", "pair.json", "--until", "250ms", "--json"].iter().map(|&word| word.to_owned()).collect();
    assert_eq!(json(&perform(&words, &read))["hash"], link_run["hash"]);
}

#[test]
fn a_link_with_another_hash_differs() {
    use netsplit_scenario::link::{decode, encode};
    let link = netsplit(&["link", "a.toml"]).out;
    let mut shared = decode(&link).expect("valid");
    shared.hash = shared.hash.map(|hash| hash ^ 1);
    let reply = netsplit(&["run", &encode(&shared).expect("short"), "--json"]);
    assert_eq!((reply.code, &json(&reply)["replay"]), (1, &"differs".into()));
}

#[test]
fn histories_are_judged_by_exit_code() {
    assert_eq!(netsplit(&["check", "holds.jsonl"]).code, 0);
    let broken = netsplit(&["check", "broken.jsonl", "--json"]);
    assert_eq!((broken.code, &json(&broken)["state"]), (1, &"broken".into()));
    assert!(json(&broken)["sentence"].as_str().is_some_and(|sentence| !sentence.is_empty()));
    assert_eq!(netsplit(&["check", "broken.jsonl", "--model", "read-your-writes-by-clock"]).code, 0);
    assert_eq!(netsplit(&["check", "holds.jsonl", "--model", "converges"]).code, 2);
    let all = netsplit(&["check", "broken.jsonl", "--model=all", "--json"]);
    assert_eq!((all.code, json(&all).as_array().map(Vec::len)), (1, Some(netsplit_checkers::ALL.len())));
}

const EDN: &str = "\
[{:type :invoke, :f :write, :value 1, :process 0, :time 5, :index 0}
 {:type :ok, :f :write, :value 1, :process 0, :time 9, :index 1}
 {:type :invoke, :f :write, :value 2, :process 0, :time 10, :index 2}
 {:type :ok, :f :write, :value 2, :process 0, :time 2000000, :index 3}
 {:type :invoke, :f :read, :value nil, :process 1, :time 42000000, :index 4}
 {:type :ok, :f :read, :value 1, :process 1, :time 43000000, :index 5}]
";

#[test]
fn histories_are_read_in_other_forms_and_judged_by_bounds() {
    let broken = netsplit(&["check", "stale.edn"]);
    assert_eq!(broken.code, 1);
    assert_eq!(
        broken.out,
        "  linearizable  broken  p1's read of x began 40.0 ms after p0's write of 2 was acknowledged, and still returned \
         the older value 1\n"
    );
    let bounded = |words: &[&str]| netsplit(&[&["check", "stale.edn"], words].concat());
    assert_eq!(bounded(&["--versions", "1", "--within", "40ms"]).code, 0);
    let beyond = bounded(&["--within", "39ms"]);
    assert_eq!(beyond.code, 1);
    assert!(beyond.out.ends_with("was 1 version behind; allowed: 1 version and 39.0 ms\n"), "{}", beyond.out);
    assert_eq!(bounded(&["--model", "sequential"]).code, 0);
    assert_eq!(bounded(&["--format", "edn"]).code, 1);
    let wrong = bounded(&["--format", "jsonl"]);
    assert!(wrong.error.starts_with("stale.edn: line 1: expected a JSON object"), "{}", wrong.error);
}

#[test]
fn a_folder_is_compared_with_verdicts() {
    let reply = netsplit(&["check", "--verdicts", "said.json", "folder"]);
    assert_eq!(reply.code, 1, "{}", reply.error);
    let (differences, summary) = reply.out.split_once("2 histories").expect("a summary");
    assert_eq!(
        differences,
        "stale: linearizable broken, expected holds (p1's read of x began 40.0 ms after p0's write of 2 was acknowledged, \
         and still returned the older value 1)\n"
    );
    assert!(summary.starts_with(" with 5 operations: 1 verdicts agree, 1 differ; 0."), "{summary}");
    let report =
        json(&netsplit(&["check", "--verdicts", "said.json", "folder/", "--model", "sequential", "--json"]));
    assert_eq!((&report["agree"], &report["differ"]), (&2.into(), &0.into()));
    for (words, sentence) in [
        (["said.json", "nowhere"], "nowhere: there is no history holds\n"),
        (["odd.json", "folder"], "odd.json: holds: expected true or false, or an object of them by model\n"),
        (
            ["holds.jsonl", "folder"],
            "holds.jsonl: expected an object: trailing characters at line 2 column 1\n",
        ),
    ] {
        let reply = netsplit(&["check", "--verdicts", words[0], words[1]]);
        assert_eq!((reply.code, reply.error.as_str()), (64, sentence));
    }
}

#[test]
fn our_own_histories_have_their_verdicts_in_every_form() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/histories");
    let verdicts = format!("{folder}/verdicts.json");
    let words = ["check", "--verdicts", &verdicts, folder, "--model", "all", "--json"].map(str::to_owned);
    let reply = perform(&words, &crate::read_file);
    let report = json(&reply);
    assert_eq!((reply.code, &report["differences"]), (0, &Value::Array(Vec::new())));
    assert!(report["agree"].as_u64() > Some(1_000), "{report}");
    let said: serde_json::Map<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(&verdicts).expect("verdicts")).expect("JSON");
    for ending in [".jsonl", ".edn", ".log", ".txt"] {
        let broken =
            |(name, said): (&String, &Value)| name.ends_with(ending) && said["linearizable"] == false;
        assert!(said.iter().filter(|&one| broken(one)).count() >= 4, "{ending}");
    }
    for model in netsplit_checkers::ALL.iter().filter(|model| model.name != "converges") {
        assert!(said.values().any(|said| said[model.name] == false), "nothing breaks {}", model.name);
        assert!(said.values().any(|said| said[model.name] == true), "nothing keeps {}", model.name);
    }
}

#[test]
fn a_run_is_exported_and_judged_alike() {
    for format in ["jsonl", "edn"] {
        let exported = netsplit(&["export", "a.toml", "--format", format, "--until", "2s"]);
        assert_eq!((exported.code, exported.error.as_str()), (0, ""));
        let read = |name: &str| Ok((name == "exported").then(|| exported.out.clone()));
        let words = ["check", "exported", "--model", "all", "--json"].map(str::to_owned);
        let judged = json(&perform(&words, &read));
        let run = json(&netsplit(&["run", "a.toml", "--json", "--until", "2s"]));
        for promise in ["linearizable", "read-your-writes-by-clock", "monotonic-reads-by-clock"] {
            let verdict = |list: &Value, key: &str| {
                let list = list.as_array().expect("a list");
                list.iter().find(|one| one[key] == promise).expect("a verdict")["state"].clone()
            };
            assert_eq!(verdict(&judged, "model"), verdict(&run["verdicts"], "name"), "{promise}");
        }
        assert!(judged[0]["operations"].as_u64() > Some(100), "{judged}");
    }
    let log = netsplit(&["export", "a.toml", "--format", "porcupine-etcd", "--key", "k1"]);
    assert_eq!(log.code, 0, "{}", log.error);
    assert!(log.out.starts_with("INFO  jepsen.util - 0\t:invoke\t:"), "{}", log.out);
    let read = |name: &str| Ok((name == "exported").then(|| log.out.clone()));
    assert_eq!(perform(&["check", "exported"].map(str::to_owned), &read).code, 0);
    let shiviz = netsplit(&["export", "a.toml", "--format", "shiviz", "--until", "100ms"]).out;
    assert!(
        shiviz.starts_with("(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\nn1 {\"n1\": 1}\nn1  starts, at "),
        "{shiviz}"
    );
    let wrong = |words: &[&str]| netsplit(&[&["export", "a.toml"], words].concat()).error;
    assert_eq!(
        wrong(&["--format", "xml"]),
        "there is no format \"xml\" to write; there are jsonl, edn, porcupine-etcd, porcupine-kv or shiviz\n"
    );
    assert!(
        wrong(&["--format", "edn", "--key", "k99"])
            .starts_with("no client called anything on a key \"k99\"; there are k1")
    );
}

#[test]
fn bad_input_is_a_sentence_and_exit_code_64() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "what shall be done?\nTry: netsplit --help\n"),
        (&["run", "missing.toml"], "missing.toml: there is no such file, and it is no link\n"),
        (&["run", "secret"], "secret can't be read: permission denied\n"),
        (
            &["run", "bad.toml"],
            "bad.toml: line 9: nodes[2].x: is no field here; expected name, region, spare, service_ms, service_varies, service_per_operation_ms, hiccup_share, hiccup_times, fsync_ms, clock_skew_ms, clock_drift_ppm, x_km or y_km\n",
        ),
        (&["run", "1.abc!"], "link: character 6 of this link, '!', is none that a link can have\n"),
        (
            &["run", "9.abc"],
            "link: this link is of version \"9\", and this build knows version 1; a newer page may open it\n",
        ),
        (
            &["run", "a.toml", "--seed", "18446744073709551615"],
            "a.toml: seed: expected a whole number from 0 to 9007199254740991 and found 18446744073709551615\n",
        ),
        (&["check", "missing"], "missing: there is no such file\n"),
    ];
    for (words, sentence) in cases {
        let reply = netsplit(words);
        assert_eq!((reply.code, reply.out.as_str(), reply.error.as_str()), (64, "", *sentence));
    }
    let names: Vec<&str> = netsplit_checkers::ALL.iter().map(|checker| checker.name).collect();
    let reply = netsplit(&["check", "holds.jsonl", "--model", "x"]);
    let sentence = format!("there is no model \"x\"; there are {} and all\n", names.join(", "));
    assert_eq!((reply.code, reply.out.as_str(), reply.error), (64, "", sentence));
    let reply = netsplit(&["check", "bad.jsonl"]);
    assert_eq!(reply.code, 64);
    assert!(reply.error.starts_with("bad.jsonl: line 1"), "{}", reply.error);
}

#[test]
fn protocols_describe_themselves() {
    let list = json(&netsplit(&["protocols", "--json"]));
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), netsplit_protocols::ALL.len());
    let quorum = list.iter().find(|protocol| protocol["id"] == "quorum").expect("there");
    let timeout = quorum["parameters"].as_array().expect("a list").iter().find(|p| p["id"] == "timeout");
    assert_eq!(timeout.expect("there")["name"], "timeout_ms");
    let keys = ["title", "summary", "paper", "calls", "messages", "timers", "notes", "commands", "promises"];
    for key in keys {
        assert!(!quorum[key].is_null(), "{key}");
    }
    for protocol in list {
        let contract = &protocol["contract"];
        for key in ["consistency", "durability"] {
            assert!(
                contract[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key} of {}",
                protocol["id"]
            );
        }
        assert!(contract["reads"]["nodes"].as_u64().is_some_and(|nodes| nodes >= 1), "{}", protocol["id"]);
        let tolerances = contract["tolerances"].as_array().expect("a list");
        let faults: Vec<_> = tolerances.iter().filter_map(|tolerance| tolerance["fault"].as_str()).collect();
        assert_eq!(faults, netsplit_sim::protocol::Fault::ALL.map(netsplit_sim::protocol::Fault::id));
        let survives = |value: &Value| value == "any" || value == "none" || value.as_u64().is_some();
        assert!(tolerances.iter().all(|tolerance| survives(&tolerance["survives"])), "{}", protocol["id"]);
    }
    let text = netsplit(&["protocols"]).out;
    for entry in netsplit_protocols::ALL {
        let about = (entry.about)();
        assert!(text.contains(&format!("{}: {}\n", about.id, about.title)));
        let kinds = about.messages.iter().chain(&about.timers).chain(&about.notes).map(|kind| kind.name);
        for word in kinds.chain(about.commands.iter().map(|command| command.id)) {
            assert!(text.contains(&format!("\n  {word}")), "{word} of {}", about.id);
        }
    }
    for line in ["  timeout_ms", "  promises       ", "  consistency    linearizable", "  clock-skew      "] {
        assert!(text.contains(&format!("\n{line}")), "{line}\n{text}");
    }
}

#[test]
fn partitioners_describe_themselves() {
    let report = json(&netsplit(&["partitioners", "--json"]));
    let schemes = report["schemes"].as_array().expect("a list");
    let ids: Vec<_> = schemes.iter().filter_map(|scheme| scheme["id"].as_str()).collect();
    let order = ["none", "range", "modulo", "ring", "rendezvous", "jump", "bounded", "directory"];
    assert_eq!(ids, order);
    assert!(schemes.iter().all(|scheme| scheme["paper"].as_str().is_some_and(|paper| !paper.is_empty())));
    let ordered = |scheme: &&Value| scheme["ordered"].as_bool().expect("told");
    assert_eq!(schemes.iter().filter(ordered).count(), 2);
    let virtual_nodes = &schemes[3]["parameters"][0];
    assert_eq!((&virtual_nodes["id"], &virtual_nodes["default"]), (&"virtual_nodes".into(), &8.into()));
    let common = report["parameters"].as_array().expect("a list");
    assert_eq!(common.len(), netsplit_protocols::partitioning::layout::parameters().len());
    assert!(common.iter().any(|parameter| parameter["name"] == "pause_ms"));
    let text = netsplit(&["partitioners"]).out;
    assert_eq!(text.matches("\n  replicas ").count(), 1, "what all have is told once");
    assert_eq!(text.matches("\n  virtual_nodes ").count(), 2);
    for id in order {
        assert!(text.contains(&format!("\n{id}: ")), "{id}");
    }
    assert_eq!(netsplit(&["partitioners", "ring"]).code, 64);
}

#[test]
fn figures_are_measured_beside_the_published_ones() {
    let reply = netsplit(&["figures", "partitioning", "--json"]);
    assert_eq!(reply.code, 0);
    let list = json(&reply);
    let list = list.as_array().expect("a list");
    let number = |figure: &Value, key: &str| figure[key].as_f64().expect("a number");
    for figure in list {
        let difference = number(figure, "measured") - number(figure, "published");
        assert!((difference - number(figure, "difference")).abs() < 1e-9, "{figure}");
        assert!(difference.abs() <= number(figure, "within"), "{figure}");
        assert_eq!((&figure["group"], &figure["agrees"]), (&"partitioning".into(), &true.into()));
        for key in ["source", "note"] {
            assert!(figure[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {figure}");
        }
    }
    let text = netsplit(&["figures", "partitioning"]).out;
    assert!(text.starts_with("partitioning: Spreading keys over nodes\nHow evenly "), "{text}");
    let cells = |line: &'static str| -> Vec<&'static str> {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
    };
    let lines: Vec<Vec<&str>> = text.clone().leak().lines().map(cells).collect();
    assert!(lines.contains(&vec!["what", "measured", "published", "difference", "note"]));
    let modulo =
        lines.iter().find(|cells| cells.first() == Some(&"modulo: keys moved, 4 to 5 nodes")).expect("a row");
    assert_eq!((modulo[2], modulo[4].starts_with('[')), ("0.8000", true));
    assert!(text.ends_with("[9] Measured in a running cluster.\n"), "{text}");
}

#[test]
fn figures_come_in_groups() {
    let nines = json(&netsplit(&["figures", "nines", "--json"]));
    let groups = |list: &Value| -> Vec<String> {
        let list = list.as_array().expect("a list").iter();
        let mut groups: Vec<String> =
            list.filter_map(|figure| Some(figure["group"].as_str()?.to_owned())).collect();
        groups.dedup();
        groups
    };
    assert_eq!(groups(&nines), ["nines"]);
    let reply = netsplit(&["figures", "luck"]);
    assert_eq!((reply.code, reply.out.as_str()), (64, ""));
    assert!(
        reply.error.starts_with("there are no figures called \"luck\"; there are pbs-wars, "),
        "{}",
        reply.error
    );
}

#[test]
fn messages_are_measured_beside_the_formula() {
    let list = json(&netsplit(&["messages", "--nodes", "4", "--json"]));
    let list = list.as_array().expect("a list");
    let row = list.iter().find(|row| row["setting"] == "synchronous").expect("a row");
    assert_eq!(
        (&row["expected"], &row["measured"], &row["difference"]),
        (&8.into(), &8.0.into(), &0.0.into())
    );
    assert_eq!(
        (&row["between_nodes"], &row["requests"], &row["writes"]),
        (&6.0.into(), &1.0.into(), &20.into())
    );
    let text = netsplit(&["messages", "--nodes", "4"]).out;
    assert!(text.starts_with("Messages for each committed write in a cluster of n = 4 nodes"), "{text}");
    let line =
        text.lines().find(|line| line.contains("synchronous ") && line.contains(" 2n ")).expect("a line");
    let cells: Vec<&str> = line.split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect();
    assert_eq!(cells[..7], ["primary-backup", "synchronous", "nodes, request, answer", "2n", "8", "8", "0"]);
}

#[test]
fn wear_is_printed_as_ordinary_steps() {
    let words = ["faults", "a.toml", "--mtbf", "900ms", "--mttr", "100ms", "--until", "20s", "--nodes", "1"];
    let reply = netsplit(&words);
    assert_eq!(reply.code, 0);
    let scenario = netsplit_scenario::text::parse(&reply.out).expect("a scenario");
    assert!((20..80).contains(&scenario.script.len()), "{}", scenario.script.len());
    assert!(reply.out.contains("crash") && reply.out.contains("restart"), "{}", reply.out);
    let many = netsplit(&["faults", "a.toml", "--mtbf", "1ms", "--mttr", "1ms"]);
    assert!(many.code == 64 && many.error.contains("script: expected at most 2000 steps"), "{}", many.error);
}

#[test]
fn faults_are_printed_as_ordinary_steps() {
    let words = ["faults", "a.toml", "--kinds", "crash,pause", "--per-minute", "200", "--until", "2s"];
    let reply = netsplit(&words);
    assert_eq!((reply.code, reply.error.as_str()), (0, ""));
    let scenario = netsplit_scenario::text::parse(&reply.out).expect("a valid scenario");
    let before = netsplit_scenario::text::parse(SCENARIO).expect("a valid scenario");
    assert!(scenario.script.len() > before.script.len() + 3, "{}", reply.out);
    assert!(reply.out.contains("action = \"restart\"") && reply.out.contains("action = \"isolate\""));
    assert_eq!(netsplit(&words), reply);
    let other = netsplit(&[&words[..], &["--seed", "2"]].concat());
    assert_ne!(other.out, reply.out);
    let many = netsplit(&["faults", "a.toml", "--kinds", "crash", "--per-minute", "60001"]);
    let sentence = "a.toml: per_minute: expected a number from 0 to 60000 and found 60001\n";
    assert_eq!((many.code, many.error.as_str()), (64, sentence));
}

#[test]
fn help_and_version() {
    assert!(netsplit(&["--help"]).out.starts_with("Netsplit: "));
    assert_eq!(netsplit(&["--version"]).out, concat!("netsplit ", env!("CARGO_PKG_VERSION"), "\n"));
}
