using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Tests.Database;

/// <summary>What stands between the program and its database.</summary>
public sealed class PoolersTests
{
    [Test]
    public async Task Nothing_is_found_before_the_database_itself() =>
        Assert.That(await Poolers.FaultAsync(await TestServer.DatabaseAsync(), CancellationToken.None), Is.Null);

    [TestCase(7, 7, 7, true, TestName = "A_session_that_another_one_gets_meanwhile_is_lent_by_the_transaction")]
    [TestCase(7, 8, 9, true, TestName = "A_session_that_is_another_one_next_time_is_lent_by_the_transaction")]
    [TestCase(7, 8, 7, false, TestName = "A_session_that_stays_is_lent_for_as_long_as_it_is_wanted")]
    public void Sessions_are_told_apart(int one, int other, int oneAgain, bool lent) => Assert.That(Poolers.LendsByTransaction(one, other, oneAgain), Is.EqualTo(lent));
}
