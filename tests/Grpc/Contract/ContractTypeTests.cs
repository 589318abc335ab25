using Grpc.Core;
using Grpc.Core.Interceptors;
using StreamClips.Grpc.Tests.Protocol;

namespace StreamClips.Grpc.Tests.Contract;

/// <summary>The rules that the contract's own types hold, where no call is needed to see them.</summary>
public sealed class ContractTypeTests
{
    private static readonly byte[] SomeBytes = [1, 2];

    [Test]
    public void Metadata_keys_are_lower_case_and_found_in_any_case()
    {
        var metadata = new Metadata { { "Request-ID", "a" }, { "request-id", "b" } };

        Assert.That(metadata.Select(entry => entry.Key), Is.All.EqualTo("request-id"));
        Assert.That(metadata.GetValue("REQUEST-ID"), Is.EqualTo("b"));
        Assert.That(metadata.GetAll("Request-Id").Select(entry => entry.Value), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(metadata.GetValue("other"), Is.Null);
    }

    [TestCase("has space")]
    [TestCase("colon:")]
    [TestCase("ümlaut")]
    [TestCase("")]
    public void A_metadata_key_of_other_characters_is_refused_by_name(string key)
    {
        Assert.That(() => new Metadata.Entry(key, "v"), Throws.ArgumentException.With.Message.Contains($"'{key}'"));
    }

    [Test]
    public void Text_and_bytes_do_not_go_under_each_others_keys()
    {
        Assert.That(() => new Metadata.Entry("a-bin", "text"), Throws.ArgumentException.With.Message.Contains("must be bytes"));
        Assert.That(() => new Metadata.Entry("a", SomeBytes), Throws.ArgumentException.With.Message.Contains("must end in -bin"));
        Assert.That(() => new Metadata.Entry("a-bin", SomeBytes).Value, Throws.InvalidOperationException.With.Message.Contains("ValueBytes"));
        Assert.That(new Metadata.Entry("a", "text").ValueBytes, Is.EqualTo("text"u8.ToArray()));
    }

    [Test]
    public void Bytes_in_metadata_cannot_be_changed_from_outside()
    {
        byte[] bytes = [1];
        var entry = new Metadata.Entry("a-bin", bytes);

        bytes[0] = 9;
        entry.ValueBytes[0] = 9;

        Assert.That(entry.ValueBytes, Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public void The_shared_empty_metadata_takes_no_entries()
    {
        Assert.That(() => Metadata.Empty.Add("a", "b"), Throws.InvalidOperationException);
        Assert.That(Metadata.Empty, Is.Empty);
    }

    [Test]
    public void An_entry_of_bytes_does_not_print_them()
    {
        Assert.That(new Metadata.Entry("token-bin", SomeBytes).ToString(), Is.EqualTo("[Entry: key=token-bin, valueBytes=2 bytes]"));
    }

    [Test]
    public void An_exception_says_its_status_and_keeps_its_cause()
    {
        var cause = new IOException("broken pipe");
        var error = new RpcException(new Status(StatusCode.Unavailable, "gone", cause));

        Assert.That(error.Message, Is.EqualTo(
            "Status(StatusCode=\"Unavailable\", Detail=\"gone\", DebugException=\"System.IO.IOException: broken pipe\")"));
        Assert.That(error.InnerException, Is.SameAs(cause));
        Assert.That(error.Trailers, Is.SameAs(Metadata.Empty));
    }

    [Test]
    public void A_status_nobody_set_is_success_without_a_detail()
    {
        Assert.That(default(Status), Is.EqualTo(Status.DefaultSuccess));
        Assert.That(default(Status).Detail, Is.Empty);
    }

    [Test]
    public void Call_options_change_one_thing_at_a_time()
    {
        var headers = new Metadata();
        var deadline = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

        var options = new CallOptions(headers).WithDeadline(deadline).WithWaitForReady().WithWriteOptions(new WriteOptions(WriteFlags.NoCompress));

        Assert.That(options.Headers, Is.SameAs(headers));
        Assert.That(options.Deadline, Is.EqualTo(deadline));
        Assert.That(options.IsWaitForReady, Is.True);
        Assert.That(options.WriteOptions!.Flags, Is.EqualTo(WriteFlags.NoCompress));
        Assert.That(new CallOptions(headers).IsWaitForReady, Is.False);
    }

    [Test]
    public void A_client_without_a_channel_says_so()
    {
        var client = new Unconnected();

        Assert.That(() => client.Ask(new Request()), Throws.TypeOf<NotSupportedException>().With.Message.Contains("/streamclips.probe.Probe/Ask"));
    }

    [Test]
    public void A_service_definition_binds_each_method_once_and_in_order()
    {
        var binder = new NamesOnly();

        Probe.BindService(new Nothing()).BindService(binder);

        Assert.That(binder.Names, Is.EqualTo(new[] { "Ask", "Gather", "Scatter", "Talk" }));
        Assert.That(
            () => ServerServiceDefinition.CreateBuilder().AddMethod(Method, Serve).AddMethod(Method, Serve),
            Throws.ArgumentException.With.Message.Contains("/s/M is defined twice"));
    }

    [Test]
    public void Interceptors_run_in_the_order_given()
    {
        var order = new List<string>();
        var invoker = new Unconnected().Invoker.Intercept(new Recorder(order, "first"), new Recorder(order, "second"));

        Assert.That(() => new Probe.ProbeClient(invoker).Ask(new Request()), Throws.TypeOf<NotSupportedException>());

        Assert.That(order, Is.EqualTo(new[] { "first", "second" }));
    }

    private static Method<Request, Reply> Method { get; } = new(
        MethodType.Unary,
        "s",
        "M",
        Marshallers.Create<Request>((_, _) => { }, _ => new Request()),
        Marshallers.Create<Reply>((_, _) => { }, _ => new Reply()));

    private static Task<Reply> Serve(Request request, ServerCallContext context) => Task.FromResult(new Reply());

    private sealed class Nothing : Probe.ProbeBase;

    private sealed class Unconnected : Probe.ProbeClient
    {
        public CallInvoker Invoker => CallInvoker;
    }

    private sealed class Recorder(List<string> order, string name) : Interceptor
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            order.Add(name);
            return continuation(request, context);
        }
    }

    private sealed class NamesOnly : ServiceBinderBase
    {
        public List<string> Names { get; } = [];

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => Names.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => Names.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => Names.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => Names.Add(method.Name);
    }
}
