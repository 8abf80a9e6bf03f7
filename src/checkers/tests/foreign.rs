//! Histories as other people's tools write them, wrong ones, and texts that are no histories.

use netsplit_sim::ids::Value;
use netsplit_sim::time::Time;
use proptest::prelude::*;

use crate::formats::{Format, detect, fit, read, write};
use crate::observation::{Call, Observations, Outcome};
use crate::testing::judge;

const ETCD: &str = "\
INFO  jepsen.core - Running test
INFO  jepsen.util - :nemesis\t:info\t:start\tnil
INFO  jepsen.util - 4\t:invoke\t:read\tnil
INFO  jepsen.util - 0\t:invoke\t:write\t3
INFO  jepsen.util - 4\t:ok\t:read\tnil
INFO  jepsen.util - 1\t:invoke\t:cas\t[3 1]
INFO  jepsen.util - 0\t:ok\t:write\t3
INFO  jepsen.util - 1\t:fail\t:cas\t[3 1]
INFO  jepsen.util - 2\t:invoke\t:write\t5
INFO  jepsen.util - 2\t:info\t:write\t:timed-out
INFO  jepsen.util - 3\t:invoke\t:read\tnil
INFO  jepsen.util - 3\t:fail\t:read\t:timed-out
INFO  jepsen.util - 3\t:invoke\t:read\tnil
INFO  jepsen.util - 3\t:ok\t:read\t5
INFO  jepsen.util - 5\t:invoke\t:cas\t[5 6]
";

#[test]
fn porcupines_etcd_logs_are_read_as_it_reads_them() {
    assert_eq!(detect(ETCD), Some(Format::PorcupineEtcd));
    let log = read(Format::PorcupineEtcd, ETCD).expect("a history");
    let outcomes: Vec<Outcome> = log.operations.iter().map(|operation| operation.outcome).collect();
    let five = log.operations[3].call.writes().flatten();
    assert_eq!(
        outcomes,
        [
            Outcome::Read(None),
            Outcome::Done,
            Outcome::NotSwapped,
            Outcome::Unknown,
            Outcome::Refused,
            Outcome::Read(five),
            Outcome::Pending
        ]
    );
    assert_eq!(judge("linearizable", &log).name(), "holds");
    let problem = |from: &str, to: &str| {
        assert!(ETCD.contains(from), "{from}");
        read(Format::PorcupineEtcd, &ETCD.replace(from, to)).expect_err(to).to_string()
    };
    assert_eq!(problem("[5 6]", "5"), "line 15, field `value`: expected [from to] for a :cas");
    assert_eq!(problem(":read\t5", ":read\tfive"), "line 14, field `value`: expected a whole number or nil");
    assert_eq!(
        problem("- 5\t:invoke", "- 6\t:ok"),
        "line 15, field `process`: expected a call of process 6 before its return"
    );
    assert_eq!(
        problem("- 5\t", "- 2\t"),
        "line 15, field `process`: expected another process: 2 is still at what it called in line 9, or ended with it"
    );
    assert_eq!(
        problem("INFO  jepsen.core", "jepsen.core"),
        "line 1: expected a line such as INFO  jepsen.util - 4 :invoke :read nil"
    );
}

const EDN: &str = "\
; A comment.
[{:type :invoke, :f :write, :value 3, :process 0, :time 10, :index 0}
 {:type :info, :f :start, :value nil, :process :nemesis, :time 11, :index 1, :rate 0.5}
 #jepsen.history.Op{:type :ok, :f :write, :value 3, :process 0, :time 20, :index 2}
 {:type :invoke, :f :cas, :value [3 4], :process 1, :time 30, :index 3}
 {:type :fail, :f :cas, :value [3 4], :process 1, :time 40, :index 4, :error [:timeout \"x\"]}
 {:type :invoke, :f :read, :value nil, :process 1, :time 50, :index 5},
 #_{:ignored true} {:type :ok, :f :read, :value 3, :process 1, :time 60, :index 6}]
";

#[test]
fn jepsens_histories_are_read_in_all_their_shapes() {
    assert_eq!(detect(EDN), Some(Format::JepsenEdn));
    let log = read(Format::JepsenEdn, EDN).expect("a history");
    assert_eq!(log.operations.len(), 3);
    assert!(log.clock);
    assert_eq!((log.operations[2].invoked_at, log.operations[2].returned_at), (Time(50), Time(60)));
    assert_eq!((log.operations[2].invoked, log.operations[2].returned), (5, Some(6)));
    assert_eq!(log.operations[1].outcome, Outcome::Refused, "it says why, and that is not the value");
    assert_eq!(judge("linearizable", &log).name(), "holds");
    let compared = EDN.replace(", :error [:timeout \"x\"]", "");
    let log = read(Format::JepsenEdn, &compared).expect("a history");
    assert_eq!(log.operations[1].outcome, Outcome::NotSwapped);
    assert_eq!(judge("linearizable", &log).name(), "broken");
    let timeless = EDN.replace(":time 40, ", "");
    let log = read(Format::JepsenEdn, &timeless).expect("a history");
    assert!(!log.clock && log.operations.iter().all(|operation| operation.invoked_at == Time::ZERO));

    // Independent keys, as vectors and as tagged tuples; a set; a counter.
    let lines = "{:type :invoke, :f :cas, :value [0 [1 2]], :process 0}\n\
                 {:type :invoke, :f :read, :value #jepsen.independent.Tuple{:key 1, :value nil}, :process 1}\n\
                 {:type :ok, :f :read, :value #jepsen.independent.Tuple{:key 1, :value \"a\"}, :process 1}\n\
                 {:type :invoke, :f :add, :value #jepsen.independent.Tuple [\"s\" 7], :process 1}\n\
                 {:type :info, :f :add, :value nil, :process 1}\n\
                 {:type :invoke, :f :read, :value [\"s\" nil], :process 2}\n\
                 {:type :ok, :f :read, :value [\"s\" #{7 8}], :process 2}\n\
                 {:type :invoke, :f :add, :value [\"n\" 7], :process 2}\n\
                 {:type :ok, :f :add, :value [\"n\" 7], :process 2}\n\
                 {:type :invoke, :f :read, :value [\"n\" nil], :process 2}\n\
                 {:type :ok, :f :read, :value [\"n\" 7], :process 2}\n";
    let log = read(Format::JepsenEdn, lines).expect("a history");
    assert_eq!(log.keys, ["0", "1", "s", "n"]);
    let seven =
        log.values.iter().position(|value| value == "7").map(|index| Value(index as u64)).expect("a value");
    assert!(matches!(log.operations[0].call, Call::Cas { .. }));
    assert_eq!((log.operations[2].call, log.operations[2].outcome), (Call::Insert(seven), Outcome::Unknown));
    assert!(matches!(log.operations[3].outcome, Outcome::Values(id) if log.values_of(id).len() == 2));
    assert_eq!(log.operations[4].call, Call::Add(7));
    assert_eq!(log.operations[5].outcome, Outcome::Read(Some(seven)));

    let problem = |from: &str, to: &str| {
        assert!(EDN.contains(from), "{from}");
        read(Format::JepsenEdn, &EDN.replace(from, to)).expect_err(to).to_string()
    };
    assert_eq!(
        problem(":value 3, :process 1", ":value 3.5, :process 1"),
        "line 8, field `:value`: expected a whole number, a text or nil"
    );
    assert_eq!(problem(":index 6}]", ":index 6}"), "line 9: expected ] at the end");
    assert_eq!(
        problem(":index 6}]", ":index 6}] x"),
        "line 8: expected nothing after the end of the history"
    );
    assert_eq!(
        problem(":index 6", ":index 5"),
        "line 8, field `:index`: expected a number from 6 on: events are sorted by it"
    );
    assert_eq!(
        problem(":value [3 4], :process 1, :time 30", ":value 3, :process 1, :time 30"),
        "line 5, field `:value`: expected [from to] for a cas"
    );
    assert_eq!(
        problem(":f :cas, :value [3 4], :process 1, :time 30", ":f :txn, :value [], :process 1, :time 30"),
        "line 5, field `:f`: expected :read, :write, :cas, :append, :add, :insert or :remove"
    );
    assert_eq!(
        problem(":type :fail", ":type :failed"),
        "line 6, field `:type`: expected :invoke, :ok, :fail or :info"
    );
    assert!(
        problem("{:type :fail, :f :cas, :value [3 4]", "{:type :fail, :f :cas, :value [3 4")
            .starts_with("line 6: expected EDN; at column ")
    );
}

const KV: &str = "\
{:process 0, :type :invoke, :f :put, :key \"0\", :value \"x 0 0 y\"}
{:process 1, :type :invoke, :f :get, :key \"0\", :value nil}
{:process 0, :type :ok, :f :put, :key \"0\", :value \"x 0 0 y\"}
{:process 0, :type :invoke, :f :append, :key \"0\", :value \"x 0 1 y\"}
{:process 1, :type :ok, :f :get, :key \"0\", :value \"x 0 0 yx 0 1 y\"}
{:process 1, :type :invoke, :f :get, :key \"4\", :value nil}
{:process 1, :type :ok, :f :get, :key \"4\", :value \"\"}
";

#[test]
fn porcupines_key_value_logs_are_read() {
    assert_eq!(detect(KV), Some(Format::PorcupineKv));
    let log = read(Format::PorcupineKv, KV).expect("a history");
    assert_eq!(log.keys, ["0", "4"]);
    assert_eq!(log.operations[2].outcome, Outcome::Pending);
    assert_eq!(log.operations[3].outcome, Outcome::Read(None));
    assert_eq!(judge("linearizable", &log).name(), "holds");
    let stale = KV.replace("yx 0 1 y\"", "y!\"");
    assert_eq!(
        judge("linearizable", &read(Format::PorcupineKv, &stale).expect("a history")).name(),
        "broken"
    );
    let problem = |from: &str, to: &str| {
        assert!(KV.contains(from), "{from}");
        read(Format::PorcupineKv, &KV.replacen(from, to, 1)).expect_err(to).to_string()
    };
    assert_eq!(problem(":value \"x 0 0 y\"", ":value nil"), "line 1, field `:value`: expected a text");
    assert_eq!(problem(":key \"4\"", ":key 4"), "line 6, field `:key`: expected a text");
    assert_eq!(problem(":type :ok", ":type :info"), "line 3, field `:type`: expected :invoke or :ok");
    assert_eq!(problem(":f :append", ":f :prepend"), "line 4, field `:f`: expected :get, :put or :append");
}

#[test]
fn the_form_of_a_text_is_found_or_not() {
    assert_eq!(detect(""), Some(Format::JsonLines));
    assert_eq!(detect("\u{feff}\n {\"process\": 0}"), Some(Format::JsonLines));
    assert_eq!(detect("({:type :invoke})"), Some(Format::JepsenEdn));
    assert_eq!(
        detect("WARN  x - y\nINFO  jepsen.util - 1\t:invoke\t:read\tnil"),
        Some(Format::PorcupineEtcd)
    );
    assert_eq!(detect("title = \"A scenario\""), None);
    for format in Format::ALL {
        assert_eq!(Format::find(format.name()), Some(format));
        assert_eq!(read(format, "\n \n"), Ok(Observations::default()));
    }
    assert_eq!(Format::find("xml"), None);
}

#[test]
fn no_nesting_is_too_deep() {
    let deep = 1_000_000;
    for text in [
        "[".repeat(deep),
        format!("{{:process 0, :type :invoke, :f :write, :value {}1{}}}", "[".repeat(deep), "]".repeat(deep)),
        format!("{{:process 0, :value {}1}}", "#a ".repeat(deep)),
        format!("{}nil", "#_ ".repeat(deep)),
    ] {
        assert!(read(Format::JepsenEdn, &text).is_err());
        assert!(read(Format::PorcupineKv, &text).is_err());
        let _ = detect(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(
        text in "\\PC*", place in 0..900usize, length in 0..40usize, splice in "[\\[\\]{}#\",:0-9a-z \n\t\\-]{0,12}",
    ) {
        for (format, example) in [
            (Format::JepsenEdn, EDN), (Format::PorcupineEtcd, ETCD), (Format::PorcupineKv, KV),
        ] {
            let _ = detect(&text);
            let _ = read(format, &text);
            let mut spoilt = example.to_owned();
            let place = place.min(spoilt.len());
            let end = (place + length).min(spoilt.len());
            spoilt.replace_range(place..end, &splice);
            let _ = detect(&spoilt);
            if let Ok(observations) = read(format, &spoilt) {
                for format in Format::ALL {
                    let _ = write(format, &observations);
                    let _ = write(format, &fit(format, &observations, None).observations);
                }
                for checker in crate::ALL {
                    let _ = (checker.check)(&crate::Input::of(&observations), 10_000);
                }
            }
        }
    }
}
