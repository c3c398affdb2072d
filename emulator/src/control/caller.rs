//! Who calls, and what: read from the `Authorization` header of a signed request.
//!
//! The signature itself is not verified: no secret is known here. Of the access key it is
//! taken that twelve digits name an account, and that any other key belongs to the
//! account that the emulator was started with.
//!
//! Source: AWS General Reference, "Signature Version 4", the credential scope.

use axum::http::{HeaderMap, header};

use crate::control::wire::Refusal;

/// What the services keep apart: nothing is seen from another account or region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) account: String,
    pub(crate) region: String,
}

/// The services that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    IvsChat,
    Lambda,
    Sts,
    CloudWatch,
    Chime,
}

impl Service {
    /// The name that a request is signed for.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Self::IvsChat => "ivschat",
            Self::Lambda => "lambda",
            Self::Sts => "sts",
            Self::CloudWatch => "monitoring",
            Self::Chime => "chime",
        }
    }

    /// The service's name in IAM actions.
    pub(crate) fn iam_name(self) -> &'static str {
        match self {
            Self::CloudWatch => "cloudwatch",
            other => other.signing_name(),
        }
    }

    fn of_signing_name(name: &str) -> Option<Self> {
        [Self::IvsChat, Self::Lambda, Self::Sts, Self::CloudWatch, Self::Chime]
            .into_iter()
            .find(|service| service.signing_name() == name)
    }
}

/// One who signed a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) scope: Scope,
    pub(crate) service: Service,
}

impl Caller {
    /// Reads the credential scope, `KEY/DATE/REGION/SERVICE/aws4_request`.
    pub(crate) fn read(headers: &HeaderMap, default_account: &str) -> Result<Self, Refusal> {
        let Some(authorization) = headers.get(header::AUTHORIZATION) else {
            let message = "Missing Authentication Token";
            return Err(Refusal::new(403, "MissingAuthenticationTokenException", message));
        };
        let scope = authorization.to_str().ok().and_then(credential_scope);
        let Some((key, region, service)) = scope else {
            let message = "Authorization header requires 'Credential' parameter \
                           (KEY/DATE/REGION/SERVICE/aws4_request).";
            return Err(Refusal::new(403, "IncompleteSignatureException", message));
        };
        let Some(service) = Service::of_signing_name(service) else {
            let message = format!(
                "the service `{service}` is not here; ivschat, lambda, sts, monitoring and chime are"
            );
            return Err(Refusal::new(404, "UnknownOperationException", message));
        };
        let is_account = key.len() == 12 && key.bytes().all(|b| b.is_ascii_digit());
        let account = if is_account { key } else { default_account };
        let scope = Scope { account: account.to_owned(), region: region.to_owned() };
        Ok(Self { scope, service })
    }

    /// The user that is taken to have signed.
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/local", self.scope.account)
    }
}

/// The service that a request is signed for; None where it is not signed.
pub(crate) fn signed_service(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    credential_scope(authorization).map(|(_, _, service)| service)
}

/// Key, region and service.
fn credential_scope(authorization: &str) -> Option<(&str, &str, &str)> {
    let (algorithm, fields) = authorization.split_once(' ')?;
    if algorithm != "AWS4-HMAC-SHA256" {
        return None;
    }
    let credential = fields.split(',').find_map(|f| f.trim().strip_prefix("Credential="))?;
    // From the right: nothing forbids a slash in a key.
    let mut parts = credential.rsplitn(5, '/');
    let (end, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let (_date, key) = (parts.next()?, parts.next()?);
    (end == "aws4_request" && !region.is_empty()).then_some((key, region, service))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(authorization: &str) -> Result<Caller, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        Caller::read(&headers, "123456789012")
    }

    #[test]
    fn region_service_and_account_are_read() {
        for (key, account) in
            [("local", "123456789012"), ("210987654321", "210987654321"), ("a/b", "123456789012")]
        {
            let caller = read(&format!(
                "AWS4-HMAC-SHA256 Credential={key}/20260102/eu-west-1/lambda/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=00"
            ))
            .unwrap();
            let scope = Scope { account: account.to_owned(), region: "eu-west-1".to_owned() };
            assert_eq!(caller, Caller { scope, service: Service::Lambda });
        }
    }

    #[test]
    fn what_is_not_signed_or_not_served_is_refused() {
        let code = |refusal: Result<Caller, Refusal>| refusal.unwrap_err().code;
        let unsigned = Caller::read(&HeaderMap::new(), "123456789012");
        assert_eq!(code(unsigned), "MissingAuthenticationTokenException");
        assert_eq!(code(read("Bearer x")), "IncompleteSignatureException");
        let truncated = "AWS4-HMAC-SHA256 Credential=local/20260102/us-west-2, Signature=0";
        assert_eq!(code(read(truncated)), "IncompleteSignatureException");
        let s3 = "AWS4-HMAC-SHA256 Credential=k/20260102/us-west-2/s3/aws4_request, Signature=0";
        assert_eq!(code(read(s3)), "UnknownOperationException");
    }
}
