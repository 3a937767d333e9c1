//! An order is changed after it was handed over. In Python both sides then hold the same list.

use std::sync::mpsc;

fn main() {
    let (orders, kitchen) = mpsc::channel();
    let mut order = vec!["soup"];
    orders.send(order).unwrap();
    order.push("salad");
    println!("{:?}", kitchen.recv());
}
