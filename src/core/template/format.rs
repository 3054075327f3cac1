//! The `format` filter, kept from a panic.

use minijinja::{
    Environment, Error, ErrorKind, State,
    value::{Rest, Value, ValueOrKwargs},
};

/// minijinja 3.1 panics in `'%(ключ)s' | format(…)`, at a name with letters of more than one byte: they are refused here.
pub fn guard_format(environment: &mut Environment<'static>) {
    environment.add_filter("format", format);
}

fn format(state: &mut State<'_, '_>, text: &Value, values: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    if text.as_str().is_some_and(has_wide_name) {
        let why = "a name between `%(` and `)` has ASCII letters only; write `%s`, and give the values in order";
        return Err(Error::new(ErrorKind::InvalidOperation, why));
    }
    minijinja::filters::format(state, text, values)
}

fn has_wide_name(text: &str) -> bool {
    text.replace("%%", "").split("%(").skip(1).any(|rest| !rest.split(')').next().unwrap_or(rest).is_ascii())
}

#[cfg(test)]
mod tests {
    use crate::core::template::{Context, render};

    #[test]
    fn a_format_takes_names_in_ascii_and_refuses_others() {
        let shown = |text: &str| render(text, &Context::new());
        assert_eq!(shown("{{ '%(n)05d %% (é)' | format(n=7) }}").unwrap(), "00007 % (é)");
        assert_eq!(shown("{{ 'Größe %s' | format('é') }}").unwrap(), "Größe é");
        for text in ["{{ '%(ключ)s' | format(1) }}", "{{ '%%%(é' | format(1) }}"] {
            assert!(shown(text).unwrap_err().message.contains("ASCII"), "{text}");
        }
    }
}
