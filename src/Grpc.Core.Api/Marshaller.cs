using System.Buffers;

namespace Grpc.Core;

/// <summary>Writes and reads the messages of one type.</summary>
/// <typeparam name="T">The message.</typeparam>
public class Marshaller<T>
{
    /// <summary>A marshaller of two functions.</summary>
    /// <param name="serializer">Writes a message into the context and completes it.</param>
    /// <param name="deserializer">Reads a message from the context's payload.</param>
    public Marshaller(Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer)
    {
        ContextualSerializer = serializer;
        ContextualDeserializer = deserializer;
    }

    /// <summary>Writes a message into the context and completes it.</summary>
    public Action<T, SerializationContext> ContextualSerializer { get; }

    /// <summary>Reads a message from the context's payload.</summary>
    public Func<DeserializationContext, T> ContextualDeserializer { get; }
}

/// <summary>Makes marshallers; generated code calls this.</summary>
public static class Marshallers
{
    /// <summary>A marshaller of two functions.</summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="serializer">Writes a message into the context and completes it.</param>
    /// <param name="deserializer">Reads a message from the context's payload.</param>
    public static Marshaller<T> Create<T>(Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer) =>
        new(serializer, deserializer);
}

/// <summary>Where a message is written to. The transport overrides the ways it supports.</summary>
public abstract class SerializationContext
{
    /// <summary>Takes the whole message at once and ends it.</summary>
    /// <param name="payload">The message's bytes.</param>
    public virtual void Complete(byte[] payload) => throw NotSupported();

    /// <summary>The buffer to write the message into.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw NotSupported();

    /// <summary>Announces the size before the first write, so that the buffer can be rented whole.</summary>
    /// <param name="payloadLength">The message's size in bytes.</param>
    public virtual void SetPayloadLength(int payloadLength)
    {
    }

    /// <summary>Ends a message that was written into the buffer.</summary>
    public virtual void Complete() => throw NotSupported();

    private NotSupportedException NotSupported() => new($"{GetType()} does not take messages in this way.");
}

/// <summary>Where a message is read from. The transport overrides the ways it supports.</summary>
public abstract class DeserializationContext
{
    /// <summary>The message's size in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>The message in an array that the caller may keep.</summary>
    public virtual byte[] PayloadAsNewBuffer() => throw NotSupported();

    /// <summary>The message in place: valid until the deserializer returns.</summary>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw NotSupported();

    private NotSupportedException NotSupported() => new($"{GetType()} does not give messages in this way.");
}
