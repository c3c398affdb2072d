//! What CloudWatch counted in the last hour, and the alarms that watch it.

use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use aws_sdk_ivschat::primitives::DateTime;

use crate::aws::Aws;
use crate::aws::fault::{Call, Fault};
use crate::rooms::health::Alarm;

/// Where IVS Chat counts. Source: Amazon IVS Chat User Guide, "Monitoring".
pub(crate) const IVS_CHAT: &str = "AWS/IVSChat";

/// The dimension that names the handler. Its value is not documented.
pub(crate) const URI: &str = "Uri";

/// How far back is looked.
const WINDOW: Duration = Duration::from_secs(3600);

/// Seconds that one value stands for.
const PERIOD: i32 = 300;

/// Values to be asked for.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) namespace: &'static str,
    pub(crate) metric: &'static str,
    pub(crate) dimension: (&'static str, String),
    /// `Sum` or `Maximum`.
    pub(crate) statistic: &'static str,
}

impl Aws {
    /// The values of [`URI`] under which IVS Chat has counted anything: of the last two
    /// weeks, after which CloudWatch forgets them.
    pub(crate) async fn counted_uris(&self) -> Result<Vec<String>, Fault> {
        let mut uris = Vec::new();
        let mut token = None;
        loop {
            let call = Call::new("cloudwatch", "ListMetrics", "");
            let request = self.cloudwatch.list_metrics().namespace(IVS_CHAT);
            let page = request.set_next_token(token).send().await;
            let page = page.map_err(|error| Fault::new(call, &error))?;
            for metric in page.metrics.unwrap_or_default() {
                uris.extend(uri_of(metric.dimensions));
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                uris.sort();
                uris.dedup();
                return Ok(uris);
            }
        }
    }

    /// The values of the last hour, in the order of the queries.
    pub(crate) async fn last_hour(&self, queries: &[Query]) -> Result<Vec<Vec<f64>>, Fault> {
        let now = SystemTime::now();
        let mut values = vec![Vec::new(); queries.len()];
        let mut token = None;
        while !queries.is_empty() {
            let call = Call::new("cloudwatch", "GetMetricData", "");
            let page = self
                .cloudwatch
                .get_metric_data()
                .start_time(DateTime::from(now - WINDOW))
                .end_time(DateTime::from(now))
                .set_metric_data_queries(Some(queries.iter().enumerate().map(asked).collect()))
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| Fault::new(call, &error))?;
            for result in page.metric_data_results.unwrap_or_default() {
                let id = result.id.unwrap_or_default();
                let number = id.strip_prefix('q').and_then(|id| id.parse::<usize>().ok());
                if let Some(known) = number.and_then(|number| values.get_mut(number)) {
                    known.extend(result.values.unwrap_or_default());
                }
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        Ok(values)
    }

    /// The alarms that watch what IVS Chat counts.
    pub(crate) async fn alarms(&self) -> Result<Vec<Alarm>, Fault> {
        let mut alarms = Vec::new();
        let mut token = None;
        loop {
            let call = Call::new("cloudwatch", "DescribeAlarms", "");
            let request = self.cloudwatch.describe_alarms().set_next_token(token);
            let page = request.send().await.map_err(|error| Fault::new(call, &error))?;
            for alarm in page.metric_alarms.unwrap_or_default() {
                if alarm.namespace.as_deref() == Some(IVS_CHAT) {
                    alarms.push(Alarm {
                        name: alarm.alarm_name.unwrap_or_default(),
                        metric: alarm.metric_name.unwrap_or_default(),
                        uri: uri_of(alarm.dimensions),
                    });
                }
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(alarms);
            }
        }
    }
}

fn uri_of(dimensions: Option<Vec<Dimension>>) -> Option<String> {
    let found = dimensions?.into_iter().find(|dimension| dimension.name.as_deref() == Some(URI));
    found.and_then(|dimension| dimension.value)
}

fn asked((number, query): (usize, &Query)) -> MetricDataQuery {
    let (name, value) = &query.dimension;
    let metric = Metric::builder()
        .namespace(query.namespace)
        .metric_name(query.metric)
        .dimensions(Dimension::builder().name(*name).value(value).build())
        .build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat(query.statistic).build();
    MetricDataQuery::builder().id(format!("q{number}")).metric_stat(stat).build()
}
