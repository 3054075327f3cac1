//! One request of a session: built, checked, authorized, sent, judged.

use reqwest::Url;

use super::{
    address::is_loopback_host,
    answer::Answer,
    auth::Fetch,
    classify::{Judge, Trouble},
    client::Prepared,
    limits::{Busy, Pacing},
    lookup::unreadable,
    request,
    session::Session,
    template::Names,
};
use crate::core::model::connector::http::{Auth, Request};

impl Session<'_> {
    pub(super) async fn exchange(
        &mut self,
        request: &Request,
        names: &Names,
        repeatable: bool,
        key_header: Option<&str>,
    ) -> Result<Answer, Trouble> {
        self.exchange_at(request, names, repeatable, key_header, None).await
    }

    /// Sends one request and judges its answer. `link` is a page's own address, on the same origin.
    pub(super) async fn exchange_at(
        &mut self,
        request: &Request,
        names: &Names,
        repeatable: bool,
        key_header: Option<&str>,
        link: Option<String>,
    ) -> Result<Answer, Trouble> {
        let mut prepared = request::build(self.api, request, self.base.as_ref(), names, repeatable)?;
        if let Some(link) = link {
            let next = prepared.url.join(&link).ok().filter(|n| n.origin() == prepared.url.origin());
            prepared.url = next.ok_or_else(|| unreadable("the next page is on another host".into()))?;
        }
        if let Some(header) = key_header {
            request::put(&mut prepared.headers, header, self.call.key.as_str()).map_err(unreadable)?;
        }
        self.check_secrets(&mut prepared)?;
        let mut stale = false;
        loop {
            self.authorize(&mut prepared, stale).await?;
            let answer = self.send(&prepared).await?;
            // A refused token was not acted on; a fresh one is tried once.
            if answer.status == 401 && self.has_tokens() && !stale {
                stale = true;
                continue;
            }
            let judge = Judge {
                vendor: &self.wallet.connector.title,
                errors: &self.api.errors,
                expect: &request.expect,
                nature: prepared.nature,
                scrubber: self.scrubber,
                now: chrono::Utc::now(),
            };
            return match judge.trouble(&answer, names) {
                None => Ok(answer),
                Some(trouble) => Err(trouble.request(&prepared.told(self.scrubber))),
            };
        }
    }

    fn has_tokens(&self) -> bool {
        matches!(self.wallet.auth(), Auth::Oauth2ClientCredentials(_) | Auth::Oauth2RefreshToken(_))
    }

    /// A secret in `with` goes only where it is bound to; one that is the address itself is bound to that.
    fn check_secrets(&self, prepared: &mut Prepared) -> Result<(), Trouble> {
        for (name, value) in &self.used {
            prepared.confidential = true;
            let is_address = Url::parse(value).is_ok_and(|u| prepared.url.as_str().starts_with(u.as_str()));
            let clear = prepared.url.scheme() != "https" && !is_loopback_host(&prepared.url);
            if !is_address || clear {
                self.wallet.check(name, &prepared.url)?;
            }
        }
        Ok(())
    }

    async fn authorize(&mut self, prepared: &mut Prepared, stale: bool) -> Result<(), Trouble> {
        let fetch = Fetch { clients: &self.shared.clients, bounds: self.bounds, base: self.base.as_ref() };
        let headers = self.shared.tokens.headers(self.wallet, &prepared.url, fetch, stale, self.scrubber).await?;
        prepared.confidential |= !headers.is_empty();
        prepared.headers.extend(headers);
        Ok(())
    }

    async fn send(&self, prepared: &Prepared) -> Result<Answer, Trouble> {
        let origin = prepared.url.origin().ascii_serialization();
        let settings = self.wallet.settings;
        let own = settings.concurrency.or(self.api.rate_limit.concurrency);
        let pacing = Pacing { concurrency: own.into_iter().chain(self.per_host).min(), rate: settings.rate };
        let turn = self.shared.limits.enter(&origin, pacing, self.bounds.deadline).await;
        let _turn = turn.map_err(|Busy(after)| {
            let detail = match after {
                Some(seconds) => format!("{origin} asked for a pause; nothing was sent, come back in {seconds} s"),
                None => format!("too many requests to {origin} were in flight; nothing was sent"),
            };
            let mut trouble = Trouble::retryable("the vendor's limit is reached", detail).after(after);
            // What it said to an earlier request.
            trouble.failure.status = after.map(|_| 429);
            trouble
        })?;
        let answer = self.shared.clients.send(prepared, self.bounds).await;
        let answer = answer.map_err(|t| t.request(&prepared.told(self.scrubber)))?;
        self.shared.limits.learn(&origin, &self.api.rate_limit, &answer, chrono::Utc::now());
        Ok(answer)
    }
}
