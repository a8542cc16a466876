//! ListConfigResources, as clients see it.

use super::stand::{Stand, code, stand, topic};
use crate::types::ErrorCode;
use crate::wire::ListConfigResourcesRequest;

fn call(stand: &mut Stand, types: &[i8], version: i16) -> (i16, Vec<(String, i8)>) {
    let conn = stand.connect();
    let answer = stand.call(conn, &ListConfigResourcesRequest { resource_types: types.to_vec() }, version);
    let listed = answer.config_resources.into_iter().map(|it| (it.resource_name.to_string(), it.resource_type));
    (answer.error_code, listed.collect())
}

#[test]
fn resources_are_listed_by_type_and_no_type_asks_for_all() {
    let listed = |types: &[i8]| {
        let mut stand = stand();
        stand.publish(|image| image.put_topic(topic("orders", 2, &[1])));
        let (error, listed) = call(&mut stand, types, 1);
        assert_eq!(error, 0);
        listed.into_iter().map(|(name, resource_type)| format!("{resource_type}:{name}")).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["8:1", "8:2", "4:1", "4:2", "2:orders", "2:t"]);
    assert_eq!(listed(&[2]), ["2:orders", "2:t"]);
    assert_eq!(listed(&[2, 2, 4]), ["4:1", "4:2", "2:orders", "2:t"]);
    assert_eq!(listed(&[16, 32]), [""; 0], "nothing is set for a group or for client metrics");
}

#[test]
fn version_0_lists_client_metrics_only() {
    assert_eq!(call(&mut stand(), &[], 0), (0, vec![]));
}

#[test]
fn a_type_that_does_not_exist_is_an_unsupported_version() {
    for types in [vec![64], vec![0], vec![-1], vec![2, 3]] {
        assert_eq!(call(&mut stand(), &types, 1), (code(ErrorCode::UnsupportedVersion), vec![]));
    }
}
