namespace StreamClips.ClipWorker.Tests;

/// <summary>What a session's end is decided by.</summary>
[TestFixture]
internal sealed class HelperTasksTests
{
    [Test]
    public void A_helper_that_fails_after_another_one_was_done_ends_the_session()
    {
        var (main, chat) = (new TaskCompletionSource<string?>(), new TaskCompletionSource());
        var end = HelperTasks.FirstFaultOrEndAsync(main.Task, [Task.CompletedTask, chat.Task], CancellationToken.None);
        Assert.That(end.IsCompleted, Is.False);
        chat.SetException(new InvalidOperationException("a bug"));
        Assert.That(async () => await end.WaitAsync(TimeSpan.FromSeconds(60)), Throws.InvalidOperationException.With.Message.EqualTo("a bug"));
    }

    [Test]
    public async Task After_a_stop_the_end_of_a_helper_is_none_of_the_session()
    {
        using var stop = new CancellationTokenSource();
        var main = new TaskCompletionSource<string?>();
        var helper = new TaskCompletionSource();
        var end = HelperTasks.FirstFaultOrEndAsync(main.Task, [helper.Task], stop.Token);
        await stop.CancelAsync();
        helper.SetCanceled(stop.Token);
        main.SetCanceled(stop.Token);
        Assert.That(await end.WaitAsync(TimeSpan.FromSeconds(60)), Is.Null);
    }
}
