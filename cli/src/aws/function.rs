//! Calls for the function that reviews messages. The SDK repeats them by itself.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_ivschat::primitives::Blob;

use crate::aws::Aws;
use crate::aws::fault::{Call, Fault, Kind};
use crate::rooms::permission::{ACTION, PRINCIPAL, Policy, all_rooms};
use crate::rooms::{Answer, Function, FunctionArn, FunctionName};

impl Aws {
    /// Looks a function up; none if there is none.
    pub(crate) async fn function(&self, name: &FunctionName) -> Result<Option<Function>, Fault> {
        let call = Call::new("lambda", "GetFunctionConfiguration", format!("function `{name}`"));
        let request = self.lambda.get_function_configuration().function_name(name.unqualified());
        let found = match request.set_qualifier(name.qualifier().map(str::to_owned)).send().await {
            Ok(found) => found,
            Err(error) => {
                let fault = Fault::new(call, &error);
                return if fault.kind == Kind::Missing { Ok(None) } else { Err(fault) };
            }
        };
        let arn: Option<FunctionArn> = found.function_arn.and_then(|arn| arn.parse().ok());
        let Some(arn) = arn else {
            return Err(Fault::odd(call, "the answer has no ARN"));
        };
        // Lambda answers with the qualifier or without: what counts is what was asked for.
        let arn = FunctionArn { qualifier: name.qualifier().map(str::to_owned), ..arn };
        let first = found.architectures.unwrap_or_default().into_iter().next();
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let reasons = [found.state_reason, found.last_update_status_reason];
        Ok(Some(Function {
            arn,
            runtime: text(found.runtime.as_ref().map(|runtime| runtime.as_str())),
            architecture: text(first.as_ref().map(|architecture| architecture.as_str())),
            timeout: Duration::from_secs(found.timeout.unwrap_or(3).try_into().unwrap_or(3)),
            memory: found.memory_size.unwrap_or(128),
            state: text(found.state.as_ref().map(|state| state.as_str())),
            last_update: text(found.last_update_status.as_ref().map(|status| status.as_str())),
            reason: reasons.into_iter().flatten().collect::<Vec<_>>().join("; "),
        }))
    }

    /// A function's resource policy, that of its version or alias if it has one.
    pub(crate) async fn policy(&self, function: &FunctionArn) -> anyhow::Result<Policy> {
        let call = Call::new("lambda", "GetPolicy", format!("function `{function}`"));
        let request = self.lambda.get_policy().function_name(function.unqualified().to_string());
        match request.set_qualifier(function.qualifier.clone()).send().await {
            Ok(found) => Policy::parse(&found.policy.unwrap_or_default())
                .with_context(|| format!("could not read the resource policy of `{function}`")),
            Err(error) => {
                let fault = Fault::new(call, &error);
                if fault.kind == Kind::Missing { Ok(Policy::default()) } else { Err(fault.into()) }
            }
        }
    }

    /// Lets IVS Chat invoke a function for the rooms of its account and region.
    pub(crate) async fn allow(
        &self,
        function: &FunctionArn,
        statement_id: &str,
    ) -> Result<(), Fault> {
        let call = Call::new("lambda", "AddPermission", format!("function `{function}`"));
        self.lambda
            .add_permission()
            .function_name(function.unqualified().to_string())
            .set_qualifier(function.qualifier.clone())
            .statement_id(statement_id)
            .action(ACTION)
            .principal(PRINCIPAL)
            .source_account(&function.account)
            .source_arn(all_rooms(&function.account, &function.region))
            .send()
            .await
            .map(drop)
            .map_err(|error| Fault::new(call, &error))
    }

    /// Takes a statement out of a function's resource policy; it may be gone already.
    pub(crate) async fn disallow(
        &self,
        function: &FunctionArn,
        statement_id: &str,
    ) -> Result<(), Fault> {
        let call = Call::new("lambda", "RemovePermission", format!("function `{function}`"));
        let removed = self
            .lambda
            .remove_permission()
            .function_name(function.unqualified().to_string())
            .set_qualifier(function.qualifier.clone())
            .statement_id(statement_id)
            .send()
            .await;
        match removed.map_err(|error| Fault::new(call, &error)) {
            Err(fault) if fault.kind != Kind::Missing => Err(fault),
            _ => Ok(()),
        }
    }

    /// How many invocations of a function may run at once; none if nothing is reserved.
    pub(crate) async fn reserved_concurrency(
        &self,
        function: &FunctionArn,
    ) -> Result<Option<i32>, Fault> {
        let call = Call::new("lambda", "GetFunctionConcurrency", format!("function `{function}`"));
        let request = self.lambda.get_function_concurrency();
        let found = request.function_name(function.unqualified().to_string()).send().await;
        found
            .map(|found| found.reserved_concurrent_executions)
            .map_err(|error| Fault::new(call, &error))
    }

    /// Invokes a function and waits for its answer.
    pub(crate) async fn invoke(
        &self,
        function: &FunctionArn,
        payload: &[u8],
    ) -> Result<Answer, Fault> {
        let call = Call::new("lambda", "Invoke", format!("function `{function}`"));
        let answer = self
            .lambda
            .invoke()
            .function_name(function.unqualified().to_string())
            .set_qualifier(function.qualifier.clone())
            .payload(Blob::new(payload))
            .send()
            .await
            .map_err(|error| Fault::new(call, &error))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        Ok(Answer { payload, error: answer.function_error })
    }
}
