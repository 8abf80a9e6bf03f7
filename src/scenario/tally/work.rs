//! What is listed of availability by time, and of the work of nodes and gathering clients.

use super::{List, Tally};
use crate::availability::{downtime_per_year_s, nines};

impl Tally {
    pub(super) fn list_by_time(&self, list: &mut List) {
        let share = self.all.value();
        list.add(
            "nines",
            "Nines",
            "nines",
            share.and_then(nines),
            "-log10(1 - availability): 99.9 % has three; nothing where no operation failed, as a run can't tell then",
        );
        list.add(
            "downtime_per_year_s",
            "Downtime per year",
            "s",
            share.map(downtime_per_year_s),
            "The share of operations that failed, of a year of 365.25 days",
        );
        let by_time = self.by_time;
        list.share(
            "availability_by_time",
            "Availability by time",
            by_time.availability(),
            "The share of seconds in which at least 95 of 100 operations succeeded; seconds without any don't count",
        );
        list.add(
            "availability_by_time.nines",
            "Nines by time",
            "nines",
            by_time.availability().and_then(nines),
            "-log10(1 - availability by time)",
        );
        list.add(
            "availability_by_time.downtime_per_year_s",
            "Downtime per year, by time",
            "s",
            by_time.availability().map(downtime_per_year_s),
            "The share of seconds that were bad, of a year of 365.25 days",
        );
        list.count(
            "availability_by_time.failures",
            "Failures felt",
            by_time.failures as usize,
            "Rows of seconds in which fewer than 95 of 100 operations succeeded",
        );
        list.add(
            "availability_by_time.mtbf_ms",
            "Time between failures felt",
            "ms",
            by_time.mtbf_ms(),
            "The good seconds over the number of failures: the mean time from the end of one to the next",
        );
        list.add(
            "availability_by_time.mttr_ms",
            "Time to repair felt",
            "ms",
            by_time.mttr_ms(),
            "The bad seconds over the number of failures: the mean time that one lasts",
        );
    }

    pub(super) fn list_work(&self, list: &mut List, nodes: &[String]) {
        for (node, work) in nodes.iter().zip(&self.works) {
            list.share(
                format!("utilisation.{node}"),
                format!("Utilisation of {node}"),
                Some(work.and_then(|work| work.utilisation).unwrap_or(0.0)),
                "The share of the time that this node spent at work: on messages and on its disk",
            );
            let Some(work) = work else { continue };
            let figures = [
                (
                    format!("queue.{node}.mean"),
                    format!("Waiting at {node}, mean"),
                    "count",
                    work.line_mean,
                    "How many messages waited for this node on average over time, without the one it works on",
                ),
                (
                    format!("queue.{node}.max"),
                    format!("Waiting at {node}, most"),
                    "count",
                    Some(f64::from(work.line_max)),
                    "The most messages that waited for this node at a time, without the one it works on",
                ),
                (
                    format!("waiting.{node}.mean_ms"),
                    format!("Wait at {node}"),
                    "ms",
                    work.waited_ms,
                    "How long a message waited for this node before it was taken up, on average of those that it has done",
                ),
                (
                    format!("service.{node}.mean_ms"),
                    format!("Service at {node}"),
                    "ms",
                    work.served_ms,
                    "How long this node worked on a message, on average of those that it has done",
                ),
                (
                    format!("response_over_service.{node}"),
                    format!("Response over service at {node}"),
                    "ratio",
                    work.response_over_service,
                    "Waiting and service over service: 1 if nothing waits; 1 / (1 - load) in an M/M/1 queue",
                ),
                (
                    format!("operations_per_busy_ms.{node}"),
                    format!("Operations of {node} per ms at work"),
                    "per ms",
                    work.operations_per_busy_ms,
                    "Operations in the clients' messages that this node has done, for each millisecond that it worked: \
                     the most that it could do",
                ),
            ];
            for (name, title, unit, value, meaning) in figures {
                list.add(name, title, unit, value, meaning);
            }
        }
        let Some(gathered) = self.gathered else { return };
        list.add(
            "batch.operations_mean",
            "Operations per message",
            "count",
            gathered.size(),
            "How many operations a client sent together, on average over the messages of clients that gather",
        );
        list.add(
            "batch.wait_ms",
            "Wait for a batch",
            "ms",
            gathered.waited_ms(),
            "From the call of an operation until its client sends it, with others: the price of gathering, on average",
        );
    }
}
