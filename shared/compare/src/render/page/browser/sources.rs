//! Sources side by side, as a reader chooses and compares them.

use serde_json::json;

use super::chromium::{Browser, DESKTOP};

/// What the columns of the first table are called that can be seen.
pub const VISIBLE: &str = "[...document.querySelector('table.code thead tr').cells].filter(cell => cell.offsetWidth > 0).map(cell => \
                       cell.querySelector('.name').textContent)";

pub fn two_columns_are_shown_and_others_chosen_by_keyboard(browser: &mut Browser) {
    assert_eq!(browser.evaluate(VISIBLE), json!(["threading", "asyncio"]));
    browser.evaluate("document.querySelector('.choice input').focus()");
    for kind in ["keyDown", "keyUp"] {
        let key = json!({"type": kind, "key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "});
        browser.call("Input.dispatchKeyEvent", key);
    }
    let three = json!(["sequential", "threading", "asyncio"]);
    assert_eq!(browser.evaluate(VISIBLE), three);
    // The address keeps the choice, and leads to it.
    assert_eq!(
        browser.evaluate("location.search"),
        "?columns=sequential,threading,asyncio"
    );
    let address = browser.evaluate("location.href");
    browser.go(address.as_str().unwrap());
    assert_eq!(browser.evaluate(VISIBLE), three);
    // The one column that is left cannot be hidden.
    let left = browser.evaluate(
        "(() => { const boxes = [...document.querySelectorAll('.choice')[0].querySelectorAll('input')]; \
         for (const box of boxes) if (box.checked) box.click(); return boxes.filter(box => box.checked).length })()",
    );
    assert_eq!(left, 1);
}

/// A tint stands where two columns differ, and not on what one shares with the other that is seen.
pub fn differences_are_tinted_anew(browser: &mut Browser) {
    let tinted =
        "document.querySelectorAll('#download ~ .scroll tbody td:not([hidden]) mark.own').length";
    let mut counts = Vec::new();
    for pair in ["sequential,threading", "threading,asyncio", "python"] {
        browser.evaluate(&format!(
            "document.querySelector('#download ~ .choice [data-columns=\"{pair}\"]').click()"
        ));
        counts.push(browser.evaluate(tinted).as_u64().unwrap());
    }
    assert!(counts[0] > 0 && counts[0] != counts[1], "{counts:?}");
    // Rust and Python have no words in common that mean the same: they get no tint.
    assert_eq!(counts[2], 0);
    assert_eq!(
        browser.evaluate(VISIBLE),
        json!(["threading", "Python threading"])
    );
}

pub fn as_many_columns_as_have_room_and_no_name_is_broken(browser: &mut Browser) {
    let all = "for (const box of document.querySelectorAll('#compute ~ .choice input')) if (!box.checked) box.click()";
    let broken = "[...document.querySelectorAll('#compute ~ .scroll td:not([hidden]) span:not(.st,.co)')].filter(name => \
                  name.getClientRects().length > 1).map(name => name.textContent)";
    let mut shown = Vec::new();
    for width in [450, 1440, 3000] {
        browser.look("light", (width, 1000));
        browser.evaluate(all);
        shown.push(browser.evaluate(VISIBLE).as_array().unwrap().len());
        assert_eq!(browser.evaluate(broken), json!([]), "at {width} pixels");
        browser.evaluate("document.querySelector('[data-columns=\"threading,asyncio\"]').click()");
    }
    assert!(
        shown[0] < shown[1] && shown[1] <= shown[2] && shown[2] > 4,
        "{shown:?}"
    );
    browser.look("light", DESKTOP);
}

pub fn a_twin_in_python_can_be_seen_beside_rust(browser: &mut Browser) {
    browser.evaluate("document.querySelector('[data-columns=\"python\"]').click()");
    assert_eq!(browser.evaluate(VISIBLE).as_array().unwrap().len(), 2);
    let heads = "[...document.querySelector('table.code thead tr').cells].filter(cell => cell.offsetWidth > 0).map(cell => \
                 cell.querySelector('.name').textContent + ': ' + cell.querySelectorAll('dd').length)";
    assert_eq!(
        browser.evaluate(heads),
        json!(["threading: 1", "Python threading: 1"])
    );
    // Functions of one name stand beside each other, and no line is left of which both columns have nothing.
    let rows = browser.evaluate(
        "[...document.querySelector('table.code').tBodies[0].rows].filter(row => row.offsetHeight > 0)\
         .map(row => [...row.cells].filter(cell => !cell.hidden).map(cell => cell.textContent))",
    );
    let rows = rows.as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row[0].as_str().unwrap().starts_with("pub fn run("))
        .unwrap();
    assert!(row[1].as_str().unwrap().starts_with("def run("), "{row}");
}
